"""What the clock does for the portal besides the engine's own tasks."""

from datetime import timedelta

from portal.kept import keeping
from provisioning.recovery import Task

TASKS = (Task("forget_kept_forms", timedelta(minutes=1), keeping.forget_overdue),)
