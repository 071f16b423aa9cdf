"""Where the page of a person is."""

import re

from django.urls import reverse

#: What an Okta id may look like in an address; `.` and `..` would be another place.
OKTA_ID = r"(?!\.{1,2}(?:/|$))[A-Za-z0-9_.-]{1,200}"


def person_url(okta_id: str) -> str:
    """The page of a person; empty for a text that is no Okta id."""
    if not re.fullmatch(OKTA_ID, okta_id):
        return ""
    return reverse("person-detail", args=[okta_id])
