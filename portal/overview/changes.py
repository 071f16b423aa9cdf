"""What people changed last, from the trail."""

from collections.abc import Sequence

from audit.models import Entry
from portal.masking import masked_text
from portal.objects import object_url

#: Verbs of people, with what they say between a name and an object.
SAYS = {
    "rule.created": "created",
    "rule.changed": "changed",
    "rule.turned_on": "turned on",
    "rule.turned_off": "turned off",
    "run.replayed": "replayed a run of",
    "run.confirmed": "confirmed a run of",
    "failures.replayed": "replayed all of",
    "event.retried": "retried",
    "user.created": "created the account",
}
MOST = 5


class Change:
    """One line: who did what to which, and when."""

    def __init__(self, entry: Entry) -> None:
        self.at = entry.at
        self.who = masked_text(entry.actor_name)
        self.did = SAYS[entry.verb]
        self.what = masked_text(entry.object_name)
        self.url = object_url(entry.object_kind, entry.object_id)

    @property
    def initials(self) -> str:
        words = self.who.replace(".", " ").replace("@", " ").split()
        return "".join(word[0] for word in words[:2]).upper() or "?"


def latest_changes() -> Sequence[Change]:
    """The newest first. One query, by the index on verbs."""
    entries = Entry.objects.with_personal().filter(verb__in=SAYS).order_by("-id")
    return [Change(entry) for entry in entries.defer("canonical", "data", "pd_commit")[:MOST]]
