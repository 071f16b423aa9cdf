"""GET /api/v1/logs: following the log (no `until`) and reading a window (with `until`)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from werkzeug.wrappers import Request, Response

from sandbox.okta.errors import OktaError, invalid
from sandbox.okta.filters import Predicate, parse
from sandbox.okta.paging import add_links, cursor, read_cursor
from sandbox.okta.state import Org
from sandbox.web import Json, json_response

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000
DEFAULT_SINCE = timedelta(days=7)
OLDEST_SINCE = timedelta(days=180)


def list_events(org: Org, request: Request) -> Response:
    now = datetime.now(UTC)
    until = _moment(request, "until")
    order = request.args.get("sortOrder", "ASCENDING")
    if order not in ("ASCENDING", "DESCENDING"):
        raise invalid("sortOrder", f"sortOrder: {order!r} must be ASCENDING or DESCENDING.")
    since = _moment(request, "since") or (until or now) - DEFAULT_SINCE
    if since < now - OLDEST_SINCE:
        raise OktaError("E0000053", "Invalid filter: since is more than 180 days ago.")
    wanted = _wanted(request)
    limit = _limit(request)
    if until is None and order == "ASCENDING":
        return _follow(org, request, since, wanted, limit)
    chosen = [
        record
        for record in org.log
        if since <= _time(record["event"]["published"]) < (until or now) and wanted(record["event"])
    ]
    chosen.sort(key=lambda r: (r["event"]["published"], r["seq"]), reverse=order == "DESCENDING")
    return _window(request, chosen, limit)


def _follow(org: Org, request: Request, since: datetime, wanted: Predicate, limit: int) -> Response:
    """In the order of being written; `next` is there even on an empty page."""
    after = _number(request)
    chosen: list[Json] = []
    for record in org.log:
        if len(chosen) == limit:
            break
        fresh = record["seq"] > after if after is not None else _time(record["at"]) >= since
        if fresh and wanted(record["event"]):
            chosen.append(record)
    if len(chosen) == limit and chosen:
        last = chosen[-1]["seq"]
    elif limit == 0 and after is not None:
        last = after
    else:
        last = org.sequence
    response = json_response([record["event"] for record in chosen])
    add_links(response, request, cursor(last))
    return response


def _window(request: Request, chosen: list[Json], limit: int) -> Response:
    """Ordered by `published`; no `next` on the last page."""
    start = _number(request) or 0
    page = chosen[start : start + limit]
    more = start + limit < len(chosen) and limit > 0
    response = json_response([record["event"] for record in page])
    add_links(response, request, cursor(start + limit) if more else "")
    return response


def _number(request: Request) -> int | None:
    if "after" not in request.args:
        return None
    return read_cursor(request.args["after"])


def _limit(request: Request) -> int:
    text = request.args.get("limit", str(DEFAULT_LIMIT))
    if not text.isdigit() or int(text) > MAX_LIMIT:
        raise invalid("limit", f"limit: {text!r} must be a whole number from 0 to {MAX_LIMIT}.")
    return int(text)


def _moment(request: Request, name: str) -> datetime | None:
    text = request.args.get(name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise invalid(name, f"{name}: {text!r} is not an ISO 8601 date.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _wanted(request: Request) -> Predicate:
    checks: list[Callable[[Json], bool]] = []
    if request.args.get("filter"):
        checks.append(parse(request.args["filter"]))
    words = request.args.get("q", "").lower().split()
    if len(words) > 10 or any(len(word) > 40 for word in words):
        raise invalid("q", "q: At most 10 keywords of at most 40 characters.")
    if words:
        checks.append(lambda event: all(word in str(event).lower() for word in words))
    return lambda event: all(check(event) for check in checks)
