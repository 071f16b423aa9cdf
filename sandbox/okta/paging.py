"""Pages as Okta's: an opaque `after`, and two Link header lines."""

import base64
import binascii
from collections.abc import Callable
from urllib.parse import urlencode

from werkzeug.wrappers import Request, Response

from sandbox.okta.errors import invalid
from sandbox.web import Json, json_response


def cursor(number: int) -> str:
    return base64.urlsafe_b64encode(f"after:{number}".encode()).decode().rstrip("=")


def read_cursor(after: str) -> int:
    """Raises OktaError E0000001."""
    try:
        text = base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)).decode()
        return int(text.removeprefix("after:"))
    except (binascii.Error, ValueError) as error:
        raise invalid("after", "after: The cursor is not one that was handed out.") from error


def read_limit(request: Request, default: int, maximum: int) -> int:
    text = request.args.get("limit", str(default))
    if not text.isdigit() or int(text) < 1:
        raise invalid("limit", f"limit: {text!r} must be a whole number from 1 to {maximum}.")
    return min(int(text), maximum)


def page_of(
    request: Request,
    items: list[Json],
    *,
    default: int,
    maximum: int,
    show: Callable[[Json], Json],
) -> Response:
    limit = read_limit(request, default, maximum)
    after = read_cursor(request.args["after"]) if "after" in request.args else 0
    rest = sorted((i for i in items if i["_order"] > after), key=lambda item: item["_order"])
    chosen = rest[:limit]
    last = cursor(chosen[-1]["_order"]) if len(rest) > limit else ""
    response = json_response([show(item) for item in chosen])
    add_links(response, request, last)
    return response


def add_links(response: Response, request: Request, after: str) -> None:
    """`self` always; `next` when there is an `after`."""
    response.headers.add("Link", f'<{request.url}>; rel="self"')
    if after:
        query = urlencode({**request.args.to_dict(), "after": after})
        response.headers.add("Link", f'<{request.base_url}?{query}>; rel="next"')
