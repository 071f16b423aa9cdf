"""How each state looks: a tone (colour), an icon and a word, the same on every page."""

from dataclasses import dataclass

#: Tones name colours in app.css: ok green, bad red, warn amber, run blue, hold violet, off grey.
TONES = ("ok", "bad", "warn", "run", "hold", "off")


@dataclass(frozen=True, slots=True)
class Badge:
    tone: str
    icon: str
    word: str


_TABLE: dict[str, tuple[str, str, str]] = {
    # runs and steps
    "pending": ("run", "loader", "Matched"),
    "running": ("run", "loader", "Running"),
    "retrying": ("warn", "rotate", "Retrying"),
    "held": ("hold", "clock-pause", "Held"),
    "succeeded": ("ok", "check", "Succeeded"),
    "failed": ("bad", "x", "Failed"),
    "unknown": ("hold", "question-mark", "Unknown"),
    "waiting": ("off", "circle-dashed", "Not started"),
    "already": ("ok", "check", "Already so"),
    "kept": ("ok", "check", "Done before"),
    "skipped": ("off", "minus", "Skipped"),
    "cancelled": ("off", "ban", "Cancelled"),
    "rejected": ("off", "ban", "Rejected"),
    "expired": ("off", "clock", "Expired"),
    # approvals and decisions
    "open": ("hold", "clock-pause", "Needs approval"),
    "approved": ("ok", "check", "Approved"),
    "void": ("off", "minus", "Void"),
    "approve": ("ok", "check", "Approved"),
    "reject": ("bad", "x", "Rejected"),
    "changes": ("warn", "rotate", "Sent back"),
    # plans and their items
    "selecting": ("run", "loader", "Being made"),
    "classifying": ("run", "loader", "Being classified"),
    "draft": ("off", "file-text", "Draft"),
    "ready": ("run", "loader", "Ready"),
    "paused": ("warn", "clock-pause", "Paused"),
    "would_act": ("run", "player-play", "Would act"),
    "already_so": ("ok", "check", "Already so"),
    "no_longer_valid": ("off", "ban", "No longer valid"),
    "conflict": ("warn", "alert-triangle", "Conflict"),
    "unclassified": ("hold", "question-mark", "Not classified"),
    # events and deliveries
    "received": ("run", "inbox", "Received"),
    "in_flight": ("run", "loader", "Running"),
    "done": ("ok", "check", "Succeeded"),
    "no_match": ("off", "minus", "No match"),
    "quarantined": ("warn", "alert-triangle", "Quarantined"),
    "accepted": ("ok", "check", "Accepted"),
    "verified": ("ok", "shield-check", "Verified"),
    "refused": ("bad", "x", "Refused"),
    # what to do about a failure
    "retry": ("ok", "check", "Retry is safe"),
    "fix": ("warn", "tool", "Fix first"),
    "decide": ("hold", "question-mark", "Decide"),
    # what becomes of a cause of failure, and targets that are out
    "regressed": ("bad", "rotate", "Came back"),
    "acknowledged": ("run", "eye", "Acknowledged"),
    "snoozed": ("off", "clock-pause", "Snoozed"),
    "resolved": ("ok", "check", "Resolved"),
    "out": ("bad", "alert-triangle", "Out"),
    "draining": ("warn", "rotate", "Catching up"),
    "closed": ("ok", "check", "Recovered"),
    # rules, conditions, audit outcomes
    "on": ("ok", "check", "On"),
    "off": ("off", "minus", "Off"),
    "true": ("ok", "check", "True"),
    "false": ("bad", "x", "False"),
    "not_needed": ("off", "minus", "Not needed"),
    "matched": ("ok", "check", "Matched"),
    "not_matched": ("off", "minus", "Not matched"),
    "ok": ("ok", "check", "Done"),
    # people in Okta
    "active": ("ok", "check", "Active"),
    "staged": ("off", "circle-dashed", "Staged"),
    "provisioned": ("run", "loader", "Provisioned"),
    "recovery": ("warn", "alert-triangle", "Recovery"),
    "password_expired": ("warn", "alert-triangle", "Password expired"),
    "locked_out": ("warn", "lock", "Locked out"),
    "suspended": ("warn", "clock-pause", "Suspended"),
    "deprovisioned": ("off", "ban", "Deactivated"),
    # modes
    "live": ("off", "player-play", "Live"),
    "replay": ("off", "rotate", "Replay"),
    "undo": ("off", "history", "Undo"),
}

BADGES = {state: Badge(*facts) for state, facts in _TABLE.items()}


def badge_for(state: object) -> Badge:
    """The look of a state; one that has none yet is shown in grey by its own name."""
    slug = str(state).lower()
    return BADGES.get(slug) or Badge("off", "circle-dashed", slug.replace("_", " ").capitalize())
