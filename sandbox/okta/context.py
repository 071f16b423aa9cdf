"""What every function that answers a request gets."""

from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.wrappers import Request, Response

from sandbox.okta.auth import Caller
from sandbox.okta.errors import OktaError
from sandbox.okta.state import Org
from sandbox.web import Json, read_json


@dataclass(frozen=True)
class Context:
    org: Org
    request: Request
    caller: Caller
    verify_with_secret: bool

    def body(self) -> Json:
        try:
            return read_json(self.request)
        except ValueError as error:
            raise OktaError("E0000003", f"The request body was not well-formed: {error}") from error

    def flag(self, name: str, *, default: bool) -> bool:
        return self.request.args.get(name, str(default)).lower() == "true"


Handler = Callable[..., Response]
NOTHING = 204


def shown(item: Json) -> Json:
    """Without our own notes, whose names begin with an underscore."""
    return {name: value for name, value in item.items() if not name.startswith("_")}
