"""The body of a hook call, within the limits.

The server hands a body over however slowly, and `wsgi.input.read` cannot be interrupted. A caller
who sends too slowly is refused meanwhile (`provisioning.exchanges`), but holds the thread that
reads until the connection ends; a companion that reads in its place would hold it as well, because
granian closes a body only once nobody reads it.
"""

from typing import Any

from django.conf import settings

from provisioning.exchanges import Refused

CHUNK = 64 * 1024


def read_body(environ: dict[str, Any], label: str) -> bytes:
    """The body, however long it takes. Raises Refused with 400, 413 or 415."""
    _check_kind(environ, label)
    limit = settings.OKTA_HOOK_MAX_BYTES
    length = environ.get("CONTENT_LENGTH") or ""
    if length and not length.isdecimal():
        raise Refused(400, "content_length", "Content-Length is not a number.", label)
    if length and int(length) > limit:
        raise Refused(413, "too_large", f"{length} bytes; at most {limit}.", label)
    # Some servers let a read past the body wait for the connection's end (PEP 3333).
    wanted = int(length) if length else limit + 1
    body = _read_up_to(environ["wsgi.input"], wanted)
    if len(body) > limit:
        raise Refused(413, "too_large", f"More than {limit} bytes.", label)
    if length and len(body) != int(length):
        raise Refused(400, "cut_short", f"{len(body)} of {length} bytes arrived.", label)
    return body


def _check_kind(environ: dict[str, Any], label: str) -> None:
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, "content_type", "Content-Type must be application/json.", label)
    if environ.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise Refused(415, "content_encoding", "The body must not be compressed.", label)


def _read_up_to(stream: Any, limit: int) -> bytes:
    parts, left = [], limit
    while left > 0 and (part := stream.read(min(CHUNK, left))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
