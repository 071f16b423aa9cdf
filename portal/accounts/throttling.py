"""Slowing down whoever guesses: by name, by address, by device. Counted in the database, so that
all web processes count together."""

import ipaddress
from collections.abc import Collection

from django.db import connection
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from portal.accounts import devices
from portal.models import Throttle, User
from provisioning.callers import caller_address

WINDOW_MINUTES = 15
#: Wrong tries in a window, by the bucket's kind. A device in which its person signed in before has
#: a count of its own, so guessing elsewhere never keeps them out.
LIMITS = {"name": 10, "address": 15, "device": 10, "factor": 5}

#: What one subscriber of IPv6 has at least.
_NETWORK = 64

# A try is counted before it is looked at: a thousand at once are a thousand.
_TAKE = """
INSERT INTO portal_throttle AS old (bucket, tries, window_ends_at)
SELECT bucket, 1, clock_timestamp() + %s * interval '1 minute'
FROM unnest(%s::text[]) AS bucket ORDER BY bucket
ON CONFLICT (bucket) DO UPDATE SET
    tries = CASE WHEN old.window_ends_at < clock_timestamp() THEN 1 ELSE old.tries + 1 END,
    window_ends_at = CASE WHEN old.window_ends_at < clock_timestamp()
        THEN excluded.window_ends_at ELSE old.window_ends_at END
RETURNING bucket, tries
"""
# Rows are always locked in one order, so that two requests never wait for each other for ever.
_GIVE_BACK = """
WITH mine AS (
    SELECT bucket FROM portal_throttle WHERE bucket = ANY(%s) ORDER BY bucket FOR UPDATE)
UPDATE portal_throttle SET tries = greatest(tries - 1, 0)
FROM mine WHERE mine.bucket = portal_throttle.bucket
"""
_FORGET = """
DELETE FROM portal_throttle WHERE bucket IN (
    SELECT bucket FROM portal_throttle WHERE window_ends_at < clock_timestamp() - interval '1 hour'
    LIMIT 100 FOR UPDATE SKIP LOCKED)
"""


def buckets_of(request: HttpRequest, name: str, user: User | None) -> list[str]:
    """Where a try at a password counts. Names are hashed: one may be a password typed too early."""
    if user is not None and (device := devices.known_to(request, user)):
        return [f"device:{device}"]
    return [_of_name(name), f"address:{_place(caller_address(request.META))}"]


def _place(address: str) -> str:
    """Of IPv6 its network: whoever has one address there has as many as they like. A port that a
    proxy wrote behind it says nothing of the place."""
    host = address.partition("]")[0].lstrip("[")
    host = host.partition(":")[0] if host.count(":") == 1 else host
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, _NETWORK), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)


def _of_name(name: str) -> str:
    hashed = salted_hmac("portal.accounts.throttling", name.lower()).hexdigest()[:32]
    return f"name:{hashed}"


def factor_bucket(user: User) -> list[str]:
    """Where a try at a second factor counts, or at proving it again."""
    return [f"factor:{user.code}"]


def take(buckets: Collection[str]) -> str:
    """Count a try; the kind of bucket that is full, or nothing. What is long over is forgotten."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET)
        cursor.execute(_TAKE, [WINDOW_MINUTES, list(buckets)])
        counted = cursor.fetchall()
    kinds = {bucket.partition(":")[0]: tries for bucket, tries in counted}
    return next((kind for kind, tries in sorted(kinds.items()) if tries > LIMITS[kind]), "")


def forget(user: User) -> None:
    """Whoever was given a new password starts anew, also where the name was guessed at."""
    Throttle.objects.filter(bucket__in=[_of_name(user.username), *factor_bucket(user)]).delete()


def give_back(buckets: Collection[str]) -> None:
    """The try was right, so it does not count."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, [list(buckets)])
