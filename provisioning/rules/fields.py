"""What conditions and templates can see: facts made from an event and what Okta says of the person.

Everything here comes from outside and may have any shape; nothing here raises because of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

#: root name -> what it holds; the roots that conditions may use
FIELD_ROOTS: Mapping[str, str] = {
    "event": "the Okta event; targets by type: `event.target.User.displayName`",
    "actor": "who caused the event: `id`, `type`, `alternateId`, `displayName`",
    "user": "the person as read from Okta: `id`, `status`, `profile.*`",
    "previous": "the person as known before: `status`, `profile.*`",
    "groups": "the names of the person's groups",
    "group": "the event's group: `id`, `name`",
    "app": "the event's application: `id`, `name`",
}
#: further roots, known only when a step is rendered
TEMPLATE_ROOTS: Mapping[str, str] = {
    **FIELD_ROOTS,
    "match": "named groups of the patterns that matched",
    "steps": "earlier steps: `steps.<id>.output.*`",
    "run": "this run: `code`",
    "rule": "this rule: `name`",
}
Record = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Group:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Facts:
    """`user`, `previous` and `groups` are None when they are not known.

    `changed_attributes` is what the event itself lists as changed, None if it lists nothing.
    """

    event: Record
    actor: Record
    user: Record | None = None
    previous: Record | None = None
    groups: tuple[Group, ...] | None = None
    group: Record | None = None
    app: Record | None = None
    changed_attributes: tuple[str, ...] | None = None
    person_is_new: bool = False

    def names(self) -> dict[str, JsonValue]:
        """Root name -> value, for templates and look-ups; what is not known is left out."""
        records = {
            "event": self.event,
            "actor": self.actor,
            "user": self.user,
            "previous": self.previous,
            "group": self.group,
            "app": self.app,
        }
        names: dict[str, JsonValue] = {k: dict(v) for k, v in records.items() if v is not None}
        if self.groups is not None:
            names["groups"] = [group.name for group in self.groups]
        return names


def lookup(names: Mapping[str, JsonValue], path: Sequence[str | int]) -> JsonValue:
    """The value at `path` or None. Only mappings and lists are entered, never an attribute."""
    value: JsonValue = dict(names) if not path else names.get(str(path[0]))
    for part in path[1:]:
        if isinstance(value, dict) and isinstance(part, str):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and -len(value) <= part < len(value):
            value = value[part]
        else:
            return None
    return value


def facts_of(
    event: Record,
    *,
    user: Record | None = None,
    previous: Record | None = None,
    groups: Sequence[Group] | None = None,
    person_is_new: bool = False,
) -> Facts:
    """`event` is a raw LogEvent; `user` and `previous` are Okta user objects."""
    targets = _targets(event)
    return Facts(
        event={**event, "target": dict(targets)},
        actor=_record(event.get("actor")),
        user=user,
        previous=previous,
        groups=None if groups is None else tuple(groups),
        group=_named(targets.get("UserGroup")),
        app=_named(targets.get("AppInstance")),
        changed_attributes=_changed_attributes(event),
        person_is_new=person_is_new,
    )


def _record(value: JsonValue) -> dict[str, JsonValue]:
    return value if isinstance(value, dict) else {}


def _targets(event: Record) -> dict[str, JsonValue]:
    """The first target of each type; the order of targets means nothing (System Log API)."""
    listed = event.get("target")
    first: dict[str, JsonValue] = {}
    for target in listed if isinstance(listed, list) else []:
        kind = _record(target).get("type")
        if isinstance(kind, str):
            first.setdefault(kind, target)
    return first


def _named(target: JsonValue) -> dict[str, JsonValue] | None:
    if not isinstance(target, dict):
        return None
    return {**target, "name": target.get("displayName")}


def _changed_attributes(event: Record) -> tuple[str, ...] | None:
    """`debugData.changedAttributes` is one text, names between commas."""
    debug = _record(_record(event.get("debugContext")).get("debugData"))
    listed = debug.get("changedAttributes")
    if not isinstance(listed, str):
        return None
    return tuple(name.strip() for name in listed[:10_000].split(",") if name.strip())
