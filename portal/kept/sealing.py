"""A form as it was sent, and the one text as which it is kept, which only this server can read."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from cryptography.fernet import InvalidToken

from portal.boxes import box_for

_PURPOSE = "kept forms"

#: Name and values, as the form sent them: in its order, a name with several values once.
Fields = list[tuple[str, list[str]]]


@dataclass(frozen=True, slots=True)
class Sent:
    """What somebody typed, where it was to go, and from where it came."""

    user_id: int
    url_name: str
    #: Path and query that the form was sent to.
    address: str
    #: The page that the form was on.
    page: str
    #: The caller's address.
    source: str
    fields: Fields
    #: Names of fields that held a file, with what the file was called.
    files: list[tuple[str, str]]

    def same_form(self, other: "Sent") -> bool:
        """Whether both are one form, sent twice. Files do not count: they have to be chosen anew,
        and browsers write line ends in their own way."""
        return self.address == other.address and _even(self.fields) == _even(other.fields)


def seal(sent: Sent) -> str:
    return box_for(_PURPOSE).encrypt(_text(sent)).decode()


def unseal(sealed: str) -> Sent | None:
    """None where no key at hand can read it."""
    try:
        text = box_for(_PURPOSE).decrypt(sealed.encode())
    except InvalidToken:
        return None
    found: dict[str, Any] = json.loads(text)
    found["fields"] = [(name, values) for name, values in found["fields"]]
    found["files"] = [(name, called) for name, called in found["files"]]
    return Sent(**found)


def size_of(sent: Sent) -> int:
    return len(_text(sent))


def _text(sent: Sent) -> bytes:
    return json.dumps(asdict(sent), ensure_ascii=False).encode(errors="replace")


def _even(fields: Fields) -> Fields:
    return [
        (name, [value.replace("\r\n", "\n").replace("\r", "\n") for value in values])
        for name, values in fields
    ]
