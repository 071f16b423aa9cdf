"""A cheap sign that the overview would show something else: one statement, no counting."""

import hashlib
from datetime import datetime

from django.conf import settings
from django.db import connection

from portal.overview.spans import Span
from portal.roles import Role

# Every change writes an entry, so the newest one stands for all of them; refused calls beyond
# those that are kept, and heartbeats, write none.
_SIGN = """
SELECT (SELECT max(id) FROM audit.entry),
    (SELECT string_agg(name, ' ' ORDER BY name) FROM provisioning_process WHERE seen_at >= %s),
    (SELECT sum(count) FROM provisioning_refusalcount WHERE hour >= %s)
"""


def version_of(span: Span, roles: frozenset[Role], *, silent_before: datetime) -> str:
    """Changes with what is shown, with who looks, and each minute: bars and ages move on."""
    with connection.cursor() as cursor:
        cursor.execute(_SIGN, [silent_before, span.now.replace(minute=0, second=0, microsecond=0)])
        sign = cursor.fetchone()
    parts = (settings.VERSION, *sign, f"{span.now:%Y%m%d%H%M}", span.range.slug, sorted(roles))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:20]
