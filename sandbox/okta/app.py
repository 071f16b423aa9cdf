"""One request to the org: who calls, may they, is there room, then the work."""

import secrets
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from sandbox.faults import Fault, FaultBoard
from sandbox.okta import api, api_hooks, auth
from sandbox.okta.context import Context, Handler
from sandbox.okta.delivery import Sender
from sandbox.okta.errors import BY_STATUS, CODES, OktaError, error_response
from sandbox.okta.limits import DEFAULT_LIMIT, Limiter, Standing, concurrency
from sandbox.okta.oidc import Oidc
from sandbox.okta.state import Org
from sandbox.web import drop_connection

USERS, GROUPS, APPS = "/api/v1/users", "/api/v1/groups", "/api/v1/apps"
HOOKS = "/api/v1/eventHooks"
#: (method, path, function, family of scopes); the function's name is its operation's name.
ROUTES: list[tuple[str, str, Handler, str]] = [
    ("GET", USERS, api.list_users, "users"),
    ("POST", USERS, api.create_user, "users"),
    ("GET", f"{USERS}/<user>", api.get_user, "users"),
    ("POST", f"{USERS}/<user>", api.update_user, "users"),
    ("PUT", f"{USERS}/<user>", api.update_user, "users"),
    ("DELETE", f"{USERS}/<user>", api.delete_user, "users"),
    ("POST", f"{USERS}/<user>/lifecycle/<verb>", api.change_status, "users"),
    ("DELETE", f"{USERS}/<user>/sessions", api.clear_sessions, "users"),
    ("GET", f"{USERS}/<user>/groups", api.list_user_groups, "users"),
    ("GET", GROUPS, api.list_groups, "groups"),
    ("POST", GROUPS, api.create_group, "groups"),
    ("GET", f"{GROUPS}/<group>", api.get_group, "groups"),
    ("PUT", f"{GROUPS}/<group>", api.replace_group, "groups"),
    ("DELETE", f"{GROUPS}/<group>", api.delete_group, "groups"),
    ("GET", f"{GROUPS}/<group>/users", api.list_group_users, "groups"),
    ("PUT", f"{GROUPS}/<group>/users/<user>", api.add_member, "groups"),
    ("DELETE", f"{GROUPS}/<group>/users/<user>", api.remove_member, "groups"),
    ("GET", APPS, api.list_apps, "apps"),
    ("POST", APPS, api.create_app, "apps"),
    ("GET", f"{APPS}/<app>", api.get_app, "apps"),
    ("GET", f"{APPS}/<app>/users", api.list_app_users, "apps"),
    ("POST", f"{APPS}/<app>/users", api.assign_app_user, "apps"),
    ("GET", f"{APPS}/<app>/users/<user>", api.get_app_user, "apps"),
    ("POST", f"{APPS}/<app>/users/<user>", api.assign_app_user, "apps"),
    ("DELETE", f"{APPS}/<app>/users/<user>", api.unassign_app_user, "apps"),
    ("GET", HOOKS, api_hooks.list_hooks, "eventHooks"),
    ("POST", HOOKS, api_hooks.create_hook, "eventHooks"),
    ("GET", f"{HOOKS}/<hook>", api_hooks.get_hook, "eventHooks"),
    ("PUT", f"{HOOKS}/<hook>", api_hooks.replace_hook, "eventHooks"),
    ("DELETE", f"{HOOKS}/<hook>", api_hooks.delete_hook, "eventHooks"),
    (
        "POST",
        f"{HOOKS}/<hook>/lifecycle/<any(activate,deactivate):verb>",
        api_hooks.set_hook_status,
        "eventHooks",
    ),
    ("POST", f"{HOOKS}/<hook>/lifecycle/verify", api_hooks.verify_hook, "eventHooks"),
    ("GET", "/api/v1/logs", api_hooks.list_log_events, "logs"),
]
URLS = Map(
    [Rule(path, methods=[method], endpoint=(run, family)) for method, path, run, family in ROUTES],
    strict_slashes=False,
)
#: These call out and take the lock themselves.
UNLOCKED = (api_hooks.verify_hook,)
RETRY_SECONDS = 1


class Okta:
    def __init__(self, faults: FaultBoard, base_url: str) -> None:
        self.org = Org()
        self.limiter = Limiter()
        self.sender = Sender(self.org, base_url)
        self.org.on_event = self.sender.enqueue
        self.oidc = Oidc(self.org, base_url)
        #: Whether the verification call carries the hook's secret.
        self.verify_with_secret = True
        self._faults = faults

    def reset(self) -> None:
        with self.org.lock:
            self.org.clear()
            self.limiter.reset()
        self.sender.reset()
        self.oidc.reset()
        self.verify_with_secret = True

    def respond(self, request: Request) -> Response:
        try:
            if sign_in := self.oidc.handler(request):
                response = sign_in(request)
            elif request.path == "/oauth2/v1/token" and request.method == "POST":
                response = self._issue_token(request)
            else:
                response = self._respond(request)
        except OktaError as error:
            response = error_response(error.status, error.code, error.summary, error.causes)
        if "X-Rate-Limit-Limit" not in response.headers:
            response.headers.update(self._standing(request, spend=False).headers())
        response.headers["X-Okta-Request-Id"] = "a" + secrets.token_urlsafe(20)
        return response

    def _respond(self, request: Request) -> Response:
        with self.org.lock:
            caller = auth.authenticate(self.org, request)
        if not caller.console:
            standing = self._standing(request, spend=True)
            if standing.exceeded:
                return _too_many(standing)
        run, family, values = _find(request)
        _check_scope(caller, family, request.method)
        context = Context(self.org, request, caller, self.verify_with_secret)
        parameters = {**values, "method": request.method, "path": request.path}

        def work() -> Response:
            with nullcontext() if run in UNLOCKED else self.org.lock:
                return run(context, **values)

        fault = None
        if not caller.console:
            fault = self._faults.take("okta", run.__name__, parameters)
        return _with_fault(request, fault, work) if fault else work()

    def _issue_token(self, request: Request) -> Response:
        def work() -> Response:
            with self.org.lock:
                return auth.issue_token(self.org, request)

        standing = self._standing(request, spend=True)
        if standing.exceeded:
            return _too_many(standing)
        fault = self._faults.take("okta", "token", {})
        return _with_fault(request, fault, work) if fault else work()

    def _standing(self, request: Request, *, spend: bool) -> Standing:
        with self.org.lock:
            return self.limiter.use(request.path, count=1 if spend else 0)


def _find(request: Request) -> tuple[Handler, str, dict[str, Any]]:
    try:
        (run, family), values = URLS.bind_to_environ(request.environ).match()
    except MethodNotAllowed as error:
        raise OktaError("E0000022") from error
    except NotFound as error:
        raise OktaError("E0000007", f"Not found: {request.path}") from error
    return run, family, dict(values)


def _check_scope(caller: auth.Caller, family: str, method: str) -> None:
    if caller.scopes is None:
        return
    enough = {f"okta.{family}.manage"} | ({f"okta.{family}.read"} if method == "GET" else set())
    if not enough & caller.scopes:
        raise OktaError(
            "E0000006", "", [f"The access token needs the scope {' or '.join(sorted(enough))}."]
        )


def _with_fault(request: Request, fault: Fault, work: Callable[[], Response]) -> Response:
    fault.wait()
    if fault.drop == "before":
        drop_connection(request.environ)
    try:
        response = _refusal(fault) if fault.status else work()
    finally:
        if fault.drop == "after":
            drop_connection(request.environ)
    response.headers.update(fault.headers)
    return response


def _refusal(fault: Fault) -> Response:
    """429 as Okta's two kinds; code `concurrency` chooses the second."""
    if fault.status == 429:
        soon = Standing(DEFAULT_LIMIT, 0, int(time.time()) + RETRY_SECONDS, exceeded=True)
        return _too_many(concurrency() if fault.code == "concurrency" else soon)
    code = fault.code or BY_STATUS.get(fault.status, "E0000009")
    text = fault.message or CODES.get(code, (0, "A fault was asked for."))[1]
    return error_response(fault.status, code, text, [])


def _too_many(standing: Standing) -> Response:
    response = error_response(429, "E0000047", CODES["E0000047"][1], [])
    response.headers.update(standing.headers())
    return response
