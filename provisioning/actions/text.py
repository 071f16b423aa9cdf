"""Text that came back from outside, made fit to keep: bounded, storable, without secrets."""

import re

from pydantic import JsonValue

#: What is kept of a log or an error text, in characters.
KEPT = 4096

_HIDDEN = "[hidden]"
#: Known forms of credentials: AWS key ids, Slack tokens, JSON web tokens, private keys, and
#: whatever follows a word such as `password` or `Authorization`.
_SECRETS = (
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    re.compile(r"\bxox[a-z]-[A-Za-z0-9-]{8,}|\bxapp-[A-Za-z0-9-]{8,}"),
    re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
    re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S
    ),
)
_SCHEME = re.compile(r"\b(Bearer|SSWS|Basic)(\s+)[^\s\"',;]{6,}", re.I)
_NAMED = re.compile(
    r"""(?P<name>[\w-]*(?:password|passwd|secret|token|api_?key|access_?key|private_?key)[\w-]*)
        (?P<sep>["']?\s*[:=]\s*["']?)(?P<value>[^\s"',;}]{4,})""",
    re.I | re.X,
)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def redacted(text: str) -> str:
    """The text with everything that looks like a credential replaced."""
    for pattern in _SECRETS:
        text = pattern.sub(_HIDDEN, text)
    text = _SCHEME.sub(rf"\1\2{_HIDDEN}", text)
    return _NAMED.sub(rf"\g<name>\g<sep>{_HIDDEN}", text)


def bounded(text: str, limit: int = KEPT) -> str:
    """At most `limit` characters; says how many were left out."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]} … ({len(text) - limit} more characters)"


def fit(text: str, limit: int = KEPT) -> str:
    """Redacted, storable and bounded: for logs and messages of other systems."""
    return bounded(storable_text(redacted(text)), limit)


def storable_text(text: str) -> str:
    """PostgreSQL keeps neither NUL nor lone surrogates; both become U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def storable(value: JsonValue) -> JsonValue:
    """The same JSON value with all its texts storable."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable_text(key): storable(item) for key, item in value.items()}
    return value
