"""The filters of the audit log."""

from django.db.models import Q

from audit.trail import OUTCOMES
from audit.verbs import VERBS
from portal.forms.filters import Control, FilterForm, Menu, Text
from portal.models import User

_KINDS = sorted({verb.object_kind for verb in VERBS.values()})


class KindMenu(Menu):
    """The kind of object. Asked together with the verbs of that kind, which have an index."""

    def condition(self, name: str, value: list[str]) -> Q:
        verbs = [verb.name for verb in VERBS.values() if verb.object_kind in value]
        return super().condition(name, value) & Q(verb__in=verbs)


_OUTCOMES = {"ok": "Done", "refused": "Refused", "failed": "Failed", "unknown": "Unknown"}


class ActorText(Text):
    """The id of an actor, or the name of a portal account.

    Names of people stand beside the log, not in it, so an account is looked up first.
    """

    def condition(self, name: str, value: str) -> Q:
        codes = list(User.objects.filter(username=value).values_list("code", flat=True))
        return Q(actor_id__in=[value, *codes])


class AuditFilters(FilterForm):
    time_column = "at"
    search_columns = ("object_id", "actor_id", "request_id", "code")
    search_label = "Object, actor or request"

    actor = ActorText("Actor")
    verb = Menu("Verb", [(name, name) for name in VERBS])
    kind = KindMenu("Object kind", [(kind, kind) for kind in _KINDS], column="object_kind")
    object = Text("Object", column="object_id")
    outcome = Menu("Result", [(name, _OUTCOMES[name]) for name in OUTCOMES])
    request = Text("Request", column="request_id")

    def menus(self) -> list[Control]:
        """All but the request, which links set and the search finds too."""
        return [one for one in super().menus() if one.name != "request" or one.value]

    def search(self, text: str) -> Q:
        """Whole ids only: an index finds them among any number of entries."""
        return Q(object_id=text) | Q(actor_id=text) | Q(request_id=text) | Q(code=text.upper())
