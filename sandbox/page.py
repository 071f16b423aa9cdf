"""The web page: look at everything, change people and buckets. Works without JavaScript."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import jinja2
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from sandbox import page_actions as actions
from sandbox.aws import seed
from sandbox.okta import groups
from sandbox.okta.errors import OktaError
from sandbox.slack import CHANNELS
from sandbox.web import Json, RefusedInputError, to_bytes

if TYPE_CHECKING:
    from sandbox.server import Sandbox

HERE = Path(__file__).parent
STYLE = (HERE / "static" / "sandbox.css").read_text(encoding="utf-8")
POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
SHOWN = 200
TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HERE / "templates"),
    autoescape=True,
    # Profiles hold whatever attributes somebody sent.
    undefined=jinja2.ChainableUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def people(sandbox: "Sandbox") -> Json:
    with sandbox.okta.org.lock:
        org = sandbox.okta.org
        rows = [
            {**user, "groups": [g["profile"]["name"] for g in groups.of_user(org, user["id"])]}
            for user in org.users.values()
        ]
        names = [g["profile"]["name"] for g in org.groups.values() if g["type"] == "OKTA_GROUP"]
    return {"people": rows, "group_names": names, "verbs": actions.VERBS}


def slack(sandbox: "Sandbox") -> Json:
    messages = [
        {**message, "texts": [message["text"], *_texts(message["blocks"])]}
        for message in sandbox.slack.messages()[::-1][:SHOWN]
    ]
    return {"messages": messages, "channels": CHANNELS.values()}


def _texts(blocks: object) -> list[str]:
    """Every text inside blocks, whatever their kind."""
    if isinstance(blocks, list):
        return [text for block in blocks for text in _texts(block)]
    if isinstance(blocks, dict):
        own = [blocks["text"]] if isinstance(blocks.get("text"), str) else []
        return own + [t for v in blocks.values() if isinstance(v, dict | list) for t in _texts(v)]
    return []


def mail(sandbox: "Sandbox") -> Json:
    return {"mails": sandbox.mail.mails()[::-1][:SHOWN]}


def storage(sandbox: "Sandbox") -> Json:
    calls = sandbox.aws.journal.entries()[::-1][:50]
    return {"buckets": seed.list_objects(), "calls": calls}


def deliveries(sandbox: "Sandbox") -> Json:
    with sandbox.okta.org.lock:
        hooks = [dict(hook) for hook in sandbox.okta.org.hooks.values()]
    return {"deliveries": sandbox.okta.sender.records()[::-1][:SHOWN], "hooks": hooks}


def faults(sandbox: "Sandbox") -> Json:
    return {"faults": sandbox.faults.listing(), "presets": actions.FAULTS}


View = Callable[["Sandbox"], Json]
Action = Callable[["Sandbox", Request], str]
#: path -> (title, what the template needs); the template has the title's name.
VIEWS: dict[str, tuple[str, View]] = {
    "/": ("People", people),
    "/slack": ("Slack", slack),
    "/mail": ("Mail", mail),
    "/s3": ("S3", storage),
    "/deliveries": ("Deliveries", deliveries),
    "/faults": ("Faults", faults),
}
#: path -> (what it does, where to go after)
ACTIONS: dict[str, tuple[Action, str]] = {
    "/people/create": (actions.create_person, "/"),
    "/people/update": (actions.update_person, "/"),
    "/people/status": (actions.change_status, "/"),
    "/s3/create": (actions.create_bucket, "/s3"),
    "/s3/delete": (actions.delete_bucket, "/s3"),
    "/faults/add": (actions.add_fault, "/faults"),
    "/faults/clear": (actions.clear_faults, "/faults"),
    "/reset": (actions.reset, "/"),
}
URLS = Map(
    [Rule(path, methods=["GET"], endpoint=path) for path in VIEWS]
    + [Rule(path, methods=["POST"], endpoint=path) for path in ACTIONS]
)


def respond(sandbox: "Sandbox", request: Request) -> Response:
    if request.path == "/static/sandbox.css":
        return Response(STYLE, content_type="text/css; charset=utf-8")
    try:
        path, _ = URLS.bind_to_environ(request.environ).match()
    except HTTPException as error:
        code = error.code or 404
        return _render(sandbox, "/", status=code, problem=f"There is no page {request.path}.")
    if path in VIEWS:
        return _render(sandbox, path, notice=request.args.get("notice", "")[:300])
    act, following = ACTIONS[path]
    try:
        notice = act(sandbox, request)
    except OktaError as error:
        text = "; ".join(error.causes) or error.summary
        return _render(sandbox, following, status=error.status, problem=text)
    except RefusedInputError as error:
        return _render(sandbox, following, status=400, problem=str(error))
    return Response(
        status=303, headers={"Location": f"{following}?{urlencode({'notice': notice})}"}
    )


def _render(
    sandbox: "Sandbox", path: str, *, status: int = 200, notice: str = "", problem: str = ""
) -> Response:
    title, view = VIEWS[path]
    text = TEMPLATES.get_template(f"{title.lower()}.html").render(
        title=title,
        path=path,
        pages=[(where, name) for where, (name, _) in VIEWS.items()],
        notice=notice,
        problem=problem,
        **view(sandbox),
    )
    response = Response(to_bytes(text), status=status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
