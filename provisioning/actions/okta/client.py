"""Reads people and groups from Okta. The only module that imports the `okta` SDK.

Of the SDK only the request executor is used: its models refuse values Okta really sends, and cost
two seconds to import. Its configuration reader is left out as well, since environment variables
and files such as ~/.okta/okta.yaml could send the client to another organisation. Everything here
only reads, so any answer that was lost is worth another try.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar
from urllib.parse import quote

from django.conf import settings

from provisioning.actions import outgoing, secrets
from provisioning.actions.base import ActionError, Permanent
from provisioning.actions.okta import errors
from provisioning.actions.okta.tokens import TokenCache, tokens_of

#: Seconds for one request; the SDK itself would wait for ever.
TIMEOUT = 10
#: Requests at the same time; a free organisation allows 35 in all.
CONCURRENT = 10
_MOST_PAGES = 500

Profile = dict[str, Any]
_T = TypeVar("_T")


def read_user(user_id: str) -> Profile | None:
    """The user with this id or login, as Okta's JSON; None if there is none.

    Raises Transient (with `retry_after` where Okta names it) or Permanent.
    """
    return _run(lambda org: _user(org, user_id))


def read_each(user_ids: Iterable[str]) -> dict[str, Profile | ActionError | None]:
    """Many users at once; an error for one of them stands in its place and stops no other."""
    wanted = list(dict.fromkeys(user_ids))

    async def read(org: "_Org") -> dict[str, Profile | ActionError | None]:
        found = await asyncio.gather(*(_user_or_error(org, user_id) for user_id in wanted))
        return dict(zip(wanted, found, strict=True))

    return _run(read) if wanted else {}


def read_users(user_ids: Iterable[str]) -> dict[str, Profile | None]:
    """Many users at once; raises the first error of any of them."""
    found: dict[str, Profile | None] = {}
    for user_id, value in read_each(user_ids).items():
        if isinstance(value, ActionError):
            raise value
        found[user_id] = value
    return found


def read_groups(user_id: str) -> list[Profile]:
    """All groups of a user, page by page. Raises Permanent if there is no such user."""
    return _run(lambda org: _groups(org, user_id))


def warm() -> None:
    """Import the SDK in a worker's parent, which takes half a second."""
    _sdk()


class _Org:
    """One organisation during one event loop: an executor, a session, a limit."""

    def __init__(self, executor: Any, url: str, tokens: TokenCache) -> None:
        self.executor = executor
        self.url = url
        self.tokens = tokens
        self.limit = asyncio.Semaphore(CONCURRENT)

    async def get(self, path_or_url: str) -> errors.Reply:
        async with self.limit:
            try:
                request, error = await self.executor.create_request("GET", path_or_url)
            except _key_errors() as unusable:
                raise errors.key_unusable() from unusable
            if error is not None:
                raise errors.from_token_request(error)
            _, response, body, error = await self.executor.fire_request(request)
        if response is None:
            raise errors.unreachable(error)
        if response.status == 401:
            self.tokens.clear()
        links = response.links.get("next", {})
        return errors.Reply(
            response.status, response.headers, body or "", str(links.get("url", ""))
        )


def _run(read: "Callable[[_Org], Awaitable[_T]]") -> _T:
    """One event loop and one session for all requests of a call."""

    async def inside() -> _T:
        executor, tokens, session_class = _executor()
        async with session_class() as session:
            executor._http_client.set_session(session)
            return await read(_Org(executor, _org_url(), tokens))

    return asyncio.run(inside())


def _sdk() -> tuple[Any, Any]:
    """(RequestExecutor, aiohttp.ClientSession)"""
    from aiohttp import ClientSession  # noqa: PLC0415 - half a second, kept out of the web process
    from okta.request_executor import RequestExecutor  # noqa: PLC0415 - as above

    # It logs every failed request with a traceback, and at debug level the Authorization header.
    # What went wrong is in the error raised here.
    logging.getLogger("okta-sdk-python").setLevel(logging.CRITICAL)
    return RequestExecutor, ClientSession


def _key_errors() -> tuple[type[Exception], ...]:
    """What the SDK raises for a private key it cannot sign with."""
    from jwcrypto.common import (  # type: ignore[import-untyped]  # noqa: PLC0415 - the SDK's own
        JWException,
    )

    return JWException, ValueError, TypeError, KeyError, SyntaxError


def _executor() -> tuple[Any, TokenCache, Any]:
    executor_class, session_class = _sdk()
    url = _org_url()
    client = {
        "orgUrl": url,
        "requestTimeout": TIMEOUT,
        # Waiting for a limit to pass would block a worker; the engine comes back later.
        "rateLimit": {"maxRetries": 0},
        "userAgent": f"sluice/{settings.VERSION}",
        **_authorization(),
    }
    tokens = tokens_of(url, str(settings.OKTA_CLIENT_ID))
    executor = executor_class({"client": client}, tokens)
    if outgoing.is_loopback(url):
        executor._http_client._proxy = None
    return executor, tokens, session_class


def _authorization() -> dict[str, Any]:
    if settings.OKTA_CLIENT_ID and settings.OKTA_PRIVATE_KEY:
        key = secrets.resolve(str(settings.OKTA_PRIVATE_KEY), "the private key for Okta")
        return {
            "authorizationMode": "PrivateKey",
            "clientId": str(settings.OKTA_CLIENT_ID),
            "privateKey": key.replace("\\n", "\n"),
            "scopes": list(settings.OKTA_SCOPES),
            "oauthTokenRenewalOffset": 5,
        }
    token = secrets.resolve(str(settings.OKTA_API_TOKEN), "the Okta API token")
    return {"authorizationMode": "SSWS", "token": token}


def _org_url() -> str:
    """The organisation's address. Raises Permanent if it is missing or may not be called."""
    url = str(settings.OKTA_ORG_URL).rstrip("/")
    if not url:
        raise Permanent(
            "okta_not_configured",
            "There is no Okta organisation to read people from.",
            hint="Set OKTA_ORG_URL, such as https://example.okta.com, then replay.",
        )
    if url.startswith("http://") and not settings.OKTA_ALLOW_HTTP:
        raise Permanent(
            "okta_needs_https",
            "OKTA_ORG_URL begins with http://; the token would be readable on the way.",
            hint="Use https://. Only for a stand-in on this machine set OKTA_ALLOW_HTTP.",
        )
    if "-admin." in url:
        raise Permanent(
            "okta_admin_address",
            "OKTA_ORG_URL is the address of the admin console, which has no API.",
            hint="Leave out -admin, such as https://example.okta.com.",
        )
    return outgoing.check(url)


async def _user(org: _Org, user_id: str) -> Profile | None:
    reply = await org.get(f"/api/v1/users/{_segment(user_id)}")
    if errors.is_unknown(reply):
        return None
    found = errors.json_of(reply)
    if not isinstance(found, dict):
        raise errors.odd_answer(reply)
    return found


async def _user_or_error(org: _Org, user_id: str) -> Profile | ActionError | None:
    try:
        return await _user(org, user_id)
    except ActionError as error:
        return error


async def _groups(org: _Org, user_id: str) -> list[Profile]:
    found: list[Profile] = []
    where = f"/api/v1/users/{_segment(user_id)}/groups"
    for _ in range(_MOST_PAGES):
        reply = await org.get(where)
        page = errors.json_of(reply)
        if not isinstance(page, list):
            raise errors.odd_answer(reply)
        found += [group for group in page if isinstance(group, dict)]
        if not reply.next_url:
            return found
        where = _within(org, reply.next_url)
    raise errors.endless_pages(_MOST_PAGES)


def _within(org: _Org, url: str) -> str:
    """A link of Okta's is followed only inside the organisation: it would carry our token."""
    if not url.startswith(f"{org.url}/"):
        raise errors.foreign_link()
    return url


def _segment(user_id: str) -> str:
    """An id or login as one part of a path; it comes from an event, so it may be anything."""
    if not user_id.strip(". ") or len(user_id) > 200:
        raise Permanent(
            "okta_id_unusable",
            f"{user_id[:80]!r} is not the id or login of an Okta user.",
            hint="Look at the event: its target has to be a user.",
        )
    return quote(user_id, safe="")
