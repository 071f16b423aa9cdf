"""Telling people, once: what happened, in Slack and by mail, with a link to the page."""

from provisioning.notices.telling import tell

__all__ = ["tell"]
