"""The control endpoint: what a test or a scenario may ask of the sandbox, as JSON."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from sandbox.aws import seed
from sandbox.okta.errors import OktaError
from sandbox.web import Json, RefusedInputError, json_response, read_json

if TYPE_CHECKING:
    from sandbox.server import Sandbox

Handler = Callable[..., object]
SETTLE_SECONDS = 10.0


def reset(sandbox: "Sandbox", request: Request) -> object:
    sandbox.reset()
    return {"reset": True}


# --- faults --------------------------------------------------------------------------------------


def list_faults(sandbox: "Sandbox", request: Request) -> object:
    return sandbox.faults.listing()


def add_fault(sandbox: "Sandbox", request: Request) -> object:
    return {"id": sandbox.faults.add(read_json(request)).id}


def clear_faults(sandbox: "Sandbox", request: Request) -> object:
    return {"cleared": sandbox.faults.clear(request.args.get("id", ""))}


# --- what arrived --------------------------------------------------------------------------------


def list_mails(sandbox: "Sandbox", request: Request) -> object:
    return sandbox.mail.mails(request.args.get("recipient", ""))


def list_messages(sandbox: "Sandbox", request: Request) -> object:
    return sandbox.slack.messages(request.args.get("channel", ""))


def list_objects(sandbox: "Sandbox", request: Request) -> object:
    return seed.list_objects()


def create_bucket(sandbox: "Sandbox", request: Request) -> object:
    seed.create_bucket(_text(read_json(request), "name"))
    sandbox.store.touch()
    return {"created": True}


def delete_bucket(sandbox: "Sandbox", request: Request) -> object:
    seed.delete_bucket(_text(request.args.to_dict(), "name"))
    sandbox.store.touch()
    return {"deleted": True}


def list_calls(sandbox: "Sandbox", request: Request) -> object:
    return sandbox.aws.journal.entries(
        request.args.get("service", ""), request.args.get("operation", "")
    )


# --- Okta: what its own API does not offer -------------------------------------------------------


def list_events(sandbox: "Sandbox", request: Request) -> object:
    with sandbox.okta.org.lock:
        return [record["event"] for record in sandbox.okta.org.log]


def write_event(sandbox: "Sandbox", request: Request) -> object:
    """Any event, as it is, into the log and from there to the hooks."""
    event = read_json(request)
    for name in ("uuid", "published", "eventType"):
        _text(event, name)
    with sandbox.okta.org.lock:
        sandbox.okta.org.append(event)
    return {"written": True}


def list_deliveries(sandbox: "Sandbox", request: Request) -> object:
    return sandbox.okta.sender.records()


def resend(sandbox: "Sandbox", request: Request, delivery: str) -> object:
    sandbox.okta.sender.resend(delivery)
    return {"sent": True}


def settle(sandbox: "Sandbox", request: Request) -> object:
    seconds = float(read_json(request).get("timeout", SETTLE_SECONDS))
    return {"settled": sandbox.okta.sender.settle(seconds)}


def show_delivery_options(sandbox: "Sandbox", request: Request) -> object:
    return asdict(sandbox.okta.sender.options)


def set_delivery_options(sandbox: "Sandbox", request: Request) -> object:
    return sandbox.okta.sender.configure(read_json(request))


def send_preview(sandbox: "Sandbox", request: Request, hook: str) -> object:
    sandbox.okta.sender.send_preview(hook, _text(read_json(request), "eventType"))
    return {"sent": True}


def send_events(sandbox: "Sandbox", request: Request, hook: str) -> object:
    events = read_json(request).get("events")
    if not isinstance(events, list) or not all(_is_event(event) for event in events):
        raise RefusedInputError("Give `events`, a list of objects with uuid and eventType.")
    sandbox.okta.sender.send(hook, events)
    return {"sent": len(events)}


def set_limit(sandbox: "Sandbox", request: Request) -> object:
    wanted = read_json(request)
    with sandbox.okta.org.lock:
        sandbox.okta.limiter.set(_text(wanted, "path"), int(wanted.get("limit", 0)))
    return {"set": True}


def set_verification(sandbox: "Sandbox", request: Request) -> object:
    sandbox.okta.verify_with_secret = bool(read_json(request).get("with_secret", True))
    return {"with_secret": sandbox.okta.verify_with_secret}


def register_client(sandbox: "Sandbox", request: Request) -> object:
    """A service app: {id, label?, jwks: [public JWK with kid], scopes: […]}."""
    wanted = read_json(request)
    keys, scopes = wanted.get("jwks"), wanted.get("scopes")
    if not isinstance(keys, list) or not isinstance(scopes, list):
        raise RefusedInputError("Give `jwks` and `scopes` as lists.")
    if any("d" in key or not key.get("kid") for key in keys):
        raise RefusedInputError("Each key must be public (no `d`) and have a `kid`.")
    client_id = _text(wanted, "id")
    client = {"label": str(wanted.get("label") or "Service app"), "jwks": keys, "scopes": scopes}
    with sandbox.okta.org.lock:
        sandbox.okta.org.clients[client_id] = client
        sandbox.okta.org.on_change()
    return {"id": client_id}


def _is_event(event: object) -> bool:
    return isinstance(event, dict) and "uuid" in event and "eventType" in event


def _text(given: Json, name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise RefusedInputError(f"Give `{name}` as text that is not empty.")
    return value


ROUTES: dict[tuple[str, str], Handler] = {
    ("POST", "/control/reset"): reset,
    ("GET", "/control/faults"): list_faults,
    ("POST", "/control/faults"): add_fault,
    ("DELETE", "/control/faults"): clear_faults,
    ("GET", "/control/mails"): list_mails,
    ("GET", "/control/slack"): list_messages,
    ("GET", "/control/s3"): list_objects,
    ("POST", "/control/s3"): create_bucket,
    ("DELETE", "/control/s3"): delete_bucket,
    ("GET", "/control/aws/calls"): list_calls,
    ("GET", "/control/okta/events"): list_events,
    ("POST", "/control/okta/events"): write_event,
    ("GET", "/control/okta/deliveries"): list_deliveries,
    ("POST", "/control/okta/deliveries/<delivery>/resend"): resend,
    ("POST", "/control/okta/settle"): settle,
    ("GET", "/control/okta/delivery-options"): show_delivery_options,
    ("POST", "/control/okta/delivery-options"): set_delivery_options,
    ("POST", "/control/okta/hooks/<hook>/preview"): send_preview,
    ("POST", "/control/okta/hooks/<hook>/events"): send_events,
    ("POST", "/control/okta/limits"): set_limit,
    ("POST", "/control/okta/verification"): set_verification,
    ("POST", "/control/okta/clients"): register_client,
}
URLS = Map([Rule(path, methods=[method], endpoint=(method, path)) for method, path in ROUTES])


def respond(sandbox: "Sandbox", request: Request) -> Response:
    """JSON for each; 400 with a sentence for input that cannot be used."""
    try:
        endpoint, values = URLS.bind_to_environ(request.environ).match()
    except HTTPException:
        return json_response({"error": f"There is no {request.method} {request.path}."}, 404)
    try:
        return json_response(ROUTES[endpoint](sandbox, request, **values))
    except OktaError as error:
        return json_response({"error": error.summary}, error.status)
    except (RefusedInputError, TypeError, ValueError) as error:
        return json_response({"error": str(error)}, 400)
