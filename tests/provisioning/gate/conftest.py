"""A database of its own for each test, and actions on a shelf."""

from tests.provisioning.runs.conftest import shelf

__all__ = ["shelf"]
