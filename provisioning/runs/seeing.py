"""What conditions and templates see of an event, for those who make and execute runs."""

from provisioning.rules.seeing import facts, groups_of

__all__ = ["facts", "groups_of"]
