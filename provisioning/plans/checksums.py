"""The checksum of a plan: what people decide about, and what is looked at again before it runs."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import rfc8785
from django.db import connection

from provisioning.plans.models import Plan

# The same text as below, made where the items are: a hundred thousand keys need not be sent. JSON
# as PostgreSQL writes a text is what RFC 8785 asks for.
_NOW = """
SELECT encode(sha256(convert_to(
    '{"items":[' || coalesce(string_agg(to_json(key)::text, ',' ORDER BY position), '')
    || '],"options":' || %s || '}', 'UTF8')), 'hex')
FROM provisioning_planitem WHERE plan_id = %s
"""


def checksum_of(keys: Iterable[str], options: Mapping[str, Any]) -> str:
    """SHA-256, in hex, over the ordered keys of the items and the options."""
    content: dict[str, Any] = {"items": list(keys), "options": dict(options)}
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def checksum_now(plan: Plan) -> str:
    """The checksum of the options in hand and of the items as the database holds them in this
    moment."""
    with connection.cursor() as cursor:
        cursor.execute(_NOW, [rfc8785.dumps(dict(plan.options)).decode(), plan.pk])
        (found,) = cursor.fetchone()
    return str(found)
