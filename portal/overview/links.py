"""Links to filtered lists."""

from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from portal.times import iso


def link_to(name: str, **filters: str | list[str] | datetime) -> str:
    """The list page with these filters; `start` and `end` stand for from and to."""
    renamed = {"start": "from", "end": "to"}
    pairs = {
        renamed.get(key, key): iso(value) if isinstance(value, datetime) else value
        for key, value in filters.items()
    }
    query = urlencode(pairs, doseq=True)
    return f"{reverse(name)}?{query}" if query else reverse(name)
