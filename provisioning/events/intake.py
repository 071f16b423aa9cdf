"""What a call to us becomes: a delivery, its events, and what the audit trail says of them.

Every way in ends here. Nothing is stored yet: `provisioning.events.storing` does that.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit import trail
from audit.canonical import clean_text
from audit.codes import new_code
from provisioning.events.models import Event
from provisioning.events.reading import Envelope, NotUnderstood, Parsed, digest, read_event
from provisioning.events.storing import Bundle, binary, bundle


@dataclass(frozen=True, slots=True)
class Call:
    """How a call reached us: what a Delivery records besides its events."""

    source: str
    request_id: str
    method: str = "POST"
    content_type: str = ""
    user_agent: str = ""
    secret_label: str = ""
    size: int = 0
    digest: bytes | None = None


def okta(call: Call, label: str = "Okta") -> trail.Actor:
    return trail.Actor("okta", call.secret_label or "okta", label, call.source, call.request_id)


def accepted(call: Call, envelope: Envelope, *, channel: str, now: datetime) -> Bundle:
    """A delivery whose secret was right, with each event understood or set aside."""
    code = new_code()
    at = now.isoformat()
    events = [_event(code, value, text, channel, at) for value, text in envelope.events]
    quarantined = [event for event in events if event["error"]]
    actor = okta(call)
    data = {
        "events": len(events),
        "quarantined": len(quarantined),
        "secret_label": call.secret_label,
        "envelope": envelope.id,
        "hook": envelope.hook,
        "sha256": (call.digest or b"").hex(),
    }
    entry = trail.draft(
        "delivery.accepted", actor=actor, obj=trail.Object("delivery", code), data=data
    )
    entries = [entry, *(_set_aside(event, actor) for event in quarantined)]
    delivery = _delivery(call, code, _Result("accepted", 204), at) | {
        "envelope_id": envelope.id,
        "hook": envelope.hook,
        "event_count": len(events),
    }
    return bundle(delivery, events, entries)


def _set_aside(event: dict[str, Any], actor: trail.Actor) -> trail.Row:
    return trail.draft(
        "event.quarantined",
        actor=actor,
        obj=trail.Object("event", event["code"]),
        outcome="refused",
        data={"reason": event["error"], "sha256": event["digest"].removeprefix("\\x")},
    )


def turned_away(
    call: Call, *, outcome: str, status: int, now: datetime, reason: str = "", detail: str = ""
) -> Bundle:
    """A call that brought no events: refused for a reason, or a verification challenge."""
    code = new_code()
    verb = "delivery.refused" if outcome == "refused" else "delivery.verified"
    entry = trail.draft(
        verb,
        actor=okta(call, "unknown caller" if outcome == "refused" else "Okta"),
        obj=trail.Object("delivery", code),
        outcome="refused" if outcome == "refused" else "ok",
        data={"reason": reason, "status": status, "secret_label": call.secret_label},
    )
    delivery = _delivery(call, code, _Result(outcome, status, reason, detail), now.isoformat())
    return bundle(delivery, [], [entry])


@dataclass(frozen=True, slots=True)
class _Result:
    """How a call was answered, and why."""

    outcome: str
    status: int
    reason: str = ""
    detail: str = ""


def _delivery(call: Call, code: str, result: _Result, at: str) -> dict[str, Any]:
    return {
        "code": code,
        "received_at": at,
        "outcome": result.outcome,
        "reason": result.reason,
        "detail": clean_text(result.detail),
        "status": result.status,
        "method": clean_text(call.method),
        "content_type": clean_text(call.content_type[:200]),
        "source": clean_text(call.source),
        "user_agent": clean_text(call.user_agent[:300]),
        "secret_label": call.secret_label,
        "envelope_id": "",
        "hook": "",
        "size": call.size,
        "digest": binary(call.digest),
        "event_count": 0,
        "request_id": call.request_id,
    }


def _event(delivery: str, value: Any, text: str, channel: str, at: str) -> dict[str, Any]:
    hashed = digest(text)
    state, error = Event.State.RECEIVED.value, ""
    try:
        parsed = read_event(value)
    except NotUnderstood as problem:
        state, error = Event.State.QUARANTINED.value, str(problem)
        parsed = _unread(value, hashed, at)
    return parsed._asdict() | {
        "delivery_code": delivery,
        "code": new_code(),
        "channel": channel,
        "received_at": at,
        "lane": parsed.person_id or parsed.uuid,
        "body": text,
        "digest": binary(hashed),
        "state": state,
        "error_code": "not_understood" if error else "",
        "error": error,
    }


def _unread(value: Any, hashed: bytes, at: str) -> Parsed:
    """Columns for an event that was not understood: its own text names it."""
    kind = value.get("eventType") if isinstance(value, dict) else None
    kind = clean_text(kind[:255]) if isinstance(kind, str) and kind.strip() else "unknown"
    return Parsed(f"sha256:{hashed.hex()}", kind, at, *[""] * 10)
