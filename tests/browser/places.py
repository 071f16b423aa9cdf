"""One address of the portal in one state."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

#: The rule that most of the story is about.
MAIN_RULE = "welcome-mail"


@dataclass(frozen=True)
class Place:
    """One address; `name` is that of its URL, `label` says in which state it is."""

    name: str
    label: str
    path: str
    status: int = 200


def place(
    name: str,
    label: str = "",
    query: object = "",
    /,
    *,
    status: int = 200,
    **arguments: object,
) -> Place:
    path = reverse(name, kwargs=arguments)
    encoded = urlencode(query, doseq=True) if isinstance(query, dict) else str(query)
    return Place(name, label, f"{path}?{encoded}" if encoded else path, status)
