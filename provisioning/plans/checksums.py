"""The checksum of a plan: what people decide about, and what is looked at again before it runs."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import rfc8785

from provisioning.plans.models import Plan


def checksum_of(keys: Iterable[str], options: Mapping[str, Any]) -> str:
    """SHA-256, in hex, over the ordered keys of the items and the options."""
    content: dict[str, Any] = {"items": list(keys), "options": dict(options)}
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def keys_of(plan: Plan) -> Iterable[str]:
    keys = plan.items.order_by("position").values_list("key", flat=True)
    return keys.iterator(chunk_size=10_000)


def checksum_now(plan: Plan) -> str:
    """The checksum of the plan as the database holds it in this moment."""
    return checksum_of(keys_of(plan), plan.options)
