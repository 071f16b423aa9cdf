"""Reading a hook body: exact text of each event, and what is searched put into columns.

The body is hostile: any bytes, any depth, any numbers. Nothing here raises anything but
`Unreadable` (the call as a whole) or `NotUnderstood` (one event of it).
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from audit.canonical import clean, clean_text
from provisioning.events.walking import Number, depth_at_most, read_members, refuse_constant

MAX_DEPTH = 64
MAX_EVENTS = 5_000


class Unreadable(Exception):  # noqa: N818 - a refusal, told to the caller
    """The call cannot be read at all; `reason` is the code it is counted under."""

    def __init__(self, reason: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.status = status


class NotUnderstood(Exception):  # noqa: N818
    """One event of the call cannot be understood; it is set aside with its text."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A hook call: its own id, the hook it came from, and its events, each as (value, text)."""

    id: str
    hook: str
    events: list[tuple[Any, str]]


class Parsed(NamedTuple):
    """What of an event stands in columns. Times are ISO 8601 with offset."""

    uuid: str
    event_type: str
    published_at: str
    severity: str
    display_message: str
    result: str
    actor_id: str
    actor_type: str
    actor_login: str
    person_id: str
    person_login: str
    person_name: str
    transaction_id: str


def read_envelope(body: bytes) -> Envelope:
    """The events of a hook body. Raises Unreadable."""
    if not depth_at_most(body, MAX_DEPTH):
        raise Unreadable("too_deep", f"The body nests deeper than {MAX_DEPTH} levels.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable("not_utf8", f"Byte {error.start} of the body is not UTF-8.") from None
    try:
        fields, events = _read_single(text) or read_members(text)
    except (ValueError, StopIteration, RecursionError) as error:
        raise Unreadable("not_json", f"The body is not JSON: {_why(error)}.") from None
    if events is None:
        raise Unreadable("no_events", "The body has no list data.events, so it is no event hook.")
    if len(events) > MAX_EVENTS:
        raise Unreadable(
            "too_many_events", f"{len(events)} events in one call; at most {MAX_EVENTS}.", 413
        )
    envelope_id = fields.get("eventId") or fields.get("eventID") or ""
    return Envelope(_text(envelope_id, 200), _text(fields.get("source"), 500), events)


def _read_single(text: str) -> tuple[dict[str, Any], list[tuple[Any, str]]] | None:
    """The same for a call with one event, in half the time; None where that cannot be told.

    The fast parser does not say where a value stands. Where no key is written with escapes and
    the name `events` stands in the text only once, its list begins there. Where that list is
    empty in the text without what is between, and this is one object, it is the list's only value.
    """
    start, end = text.find(_EVENTS) + len(_EVENTS), text.rfind("]}")
    if start < len(_EVENTS) or "\\u" in text or text.count('"events"') != 1:
        return None
    one = text[start:end]
    try:
        call, event = orjson.loads(text[:start] + text[end:]), orjson.loads(one)
    except orjson.JSONDecodeError:
        return None
    data = call.get("data") if isinstance(call, dict) else None
    listed = data.get("events") if isinstance(data, dict) else None
    if listed != [] or one[0] + one[-1] != "{}":
        return None
    return call, [(event, one)]


_EVENTS = '"events":['


def _why(error: BaseException) -> str:
    if isinstance(error, StopIteration):
        return f"something else than a value at character {error.value}"
    return str(error).replace("\n", " ")[:200] or type(error).__name__


def read_event(value: Any) -> Parsed:
    """The columns of one event. Raises NotUnderstood with what is wrong."""
    if not isinstance(value, dict):
        raise NotUnderstood(f"An event must be an object, this is {_kind(value)}.")
    person = _person(value)
    actor = _object(value, "actor")
    outcome = _object(value, "outcome")
    return Parsed(
        uuid=_required(value, "uuid", 200),
        event_type=_required(value, "eventType", 255),
        published_at=_moment(_required(value, "published", 64)),
        severity=_text(value.get("severity"), 20),
        display_message=_text(value.get("displayMessage"), 500),
        result=_text(outcome.get("result"), 40).upper(),
        actor_id=_text(actor.get("id"), 200),
        actor_type=_text(actor.get("type"), 100),
        actor_login=_text(actor.get("alternateId"), 320),
        person_id=_text(person.get("id"), 200),
        person_login=_text(person.get("alternateId"), 320),
        person_name=_text(person.get("displayName"), 320),
        transaction_id=_text(_object(value, "transaction").get("id"), 200),
    )


def parse(text: str) -> dict[str, Any]:
    """A stored event as an object; numbers too large for any use stay text."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:  # lone surrogates, huge numbers
        value = clean(json.loads(text, parse_int=_number, parse_constant=refuse_constant))
    return value if isinstance(value, dict) else {}


def _number(digits: str) -> int | str:
    return int(digits) if len(digits) < 400 else digits


def digest(text: str) -> bytes:
    """SHA-256 over the stored bytes of an event."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _person(event: dict[str, Any]) -> dict[str, Any]:
    """Whom the event is about: the target of type User, else the acting user of a user event."""
    targets = event.get("target")
    if targets is not None and not isinstance(targets, list):
        raise NotUnderstood(f"target must be a list or null, this is {_kind(targets)}.")
    for target in targets or ():
        if isinstance(target, dict) and target.get("type") == "User":
            return target
    actor = _object(event, "actor")
    about_users = str(event.get("eventType", "")).startswith("user.")
    return actor if about_users and actor.get("type") == "User" else {}


def _object(event: dict[str, Any], name: str) -> dict[str, Any]:
    value = event.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise NotUnderstood(f"{name} must be an object or null, this is {_kind(value)}.")
    return value


def _required(event: dict[str, Any], name: str, limit: int) -> str:
    value = event.get(name)
    if type(value) is not str or not value.strip():
        raise NotUnderstood(f"{name} must be a text that is not empty, this is {_kind(value)}.")
    if len(value) > limit:
        raise NotUnderstood(f"{name} has {len(value)} characters; at most {limit}.")
    return clean_text(value)


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise NotUnderstood(f"published is not an ISO 8601 time: {text!r}.") from None
    if moment.tzinfo is None:
        raise NotUnderstood(f"published has no time zone: {text!r}.")
    try:
        return moment.astimezone(UTC).isoformat()
    except OverflowError:
        raise NotUnderstood(f"published is out of range: {text!r}.") from None


def _text(value: Any, limit: int) -> str:
    return clean_text(value[:limit]) if type(value) is str else ""


def _kind(value: Any) -> str:
    names = {
        dict: "an object",
        list: "a list",
        str: "a text",
        bool: "true or false",
        Number: "a number",
        int: "a number",
        float: "a number",
    }
    return "missing or null" if value is None else names.get(type(value), "something else")
