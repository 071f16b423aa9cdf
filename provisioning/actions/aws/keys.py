"""What an S3 bucket name and a folder key may look like. Pure; facts from AWS's S3 guide."""

import re
import unicodedata
from collections.abc import Iterator

from provisioning.actions.aws.names import has_template

#: S3 allows 1,024 bytes; the rest is room for what people put into the folder.
KEY_BYTES = 900
#: S3's own list of characters to avoid in keys.
_AVOID = frozenset('\\{}^%`[]"<>~#|')
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")


def folder_key(text: str) -> str:
    """The key of the folder's marker: in Unicode's composed form (NFC), with one `/` at the end."""
    key = unicodedata.normalize("NFC", text)
    return key if key.endswith("/") else f"{key}/"


def bucket_problems(bucket: str) -> Iterator[str]:
    if not 3 <= len(bucket) <= 63:
        yield (
            f"The bucket name {bucket[:80]!r} has {len(bucket)} characters; 3 to 63 are allowed."
        )
    elif not _BUCKET.fullmatch(bucket) or ".." in bucket or _ADDRESS.fullmatch(bucket):
        yield (
            f"The bucket name {bucket!r} is not one S3 allows: small letters, digits, dots and "
            "hyphens, beginning and ending with a letter or digit."
        )


def key_problems(text: str) -> Iterator[str]:
    """What is wrong with the key of a folder, a sentence each."""
    if has_template(text):
        yield f"The key {text[:80]!r} still holds a template; it has to be filled first."
        return
    key = folder_key(text)
    if key == "/":
        yield "The key is empty; name the folder."
        return
    size = len(key.encode("utf-8", "surrogatepass"))
    if size > KEY_BYTES:
        yield f"The key has {size} bytes; at most {KEY_BYTES} are allowed."
    yield from _character_problems(key)
    for segment in key[:-1].split("/"):
        yield from _segment_problems(segment, key)


def _character_problems(key: str) -> Iterator[str]:
    for character in dict.fromkeys(key):
        if character == " " or not (character in _AVOID or _is_invisible(character)):
            continue
        name = unicodedata.name(character, "a control character")
        yield (
            f"The key {key[:80]!r} holds the character {character!r} (U+{ord(character):04X}, "
            f"{name}), which is not safe in an S3 key."
        )


def _is_invisible(character: str) -> bool:
    """Control, format, private, unassigned and surrogate characters, and all blanks."""
    return unicodedata.category(character)[0] in "CZ"


def _segment_problems(segment: str, key: str) -> Iterator[str]:
    shown = repr(key[:80])
    if not segment:
        yield f"The key {shown} has an empty part: it begins with / or holds //."
    elif segment in (".", ".."):
        yield f"The key {shown} has the part {segment!r}, which means another folder."
    elif segment != segment.strip(" ") or "  " in segment:
        yield f"The key {shown} has a blank at the edge of a part, or two blanks in a row."
