"""Which AWS operation a request is, read with botocore's own models."""

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

import botocore.session
from botocore.exceptions import UnknownServiceError
from botocore.model import ServiceModel

from sandbox.web import Environ, Json

CREDENTIAL = re.compile(
    r"Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request"
)
#: Signing name -> boto3's name, where they differ.
BY_SIGNING_NAME = {"sso": "sso-admin", "ses": "sesv2"}
#: Headers that are parameters worth matching and journalling.
HEADER_PARAMETERS = {
    "HTTP_IF_NONE_MATCH": "IfNoneMatch",
    "HTTP_IF_MATCH": "IfMatch",
    "HTTP_X_AMZ_INVOCATION_TYPE": "InvocationType",
    "HTTP_X_AMZ_LOG_TYPE": "LogType",
    "HTTP_X_AMZ_COPY_SOURCE": "CopySource",
    "HTTP_X_AMZ_EXPECTED_BUCKET_OWNER": "ExpectedBucketOwner",
}


@dataclass(frozen=True)
class Call:
    service: str
    operation: str
    region: str
    access_key: str
    parameters: Json
    protocol: str


@dataclass(frozen=True)
class _Route:
    method: str
    path: re.Pattern[str]
    query: frozenset[str]
    operation: str


def identify(environ: Environ, body: bytes) -> Call:
    """Never raises: what cannot be recognised gets the method and path as its name."""
    found = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    signing = found["service"].lower() if found else "s3"
    service = BY_SIGNING_NAME.get(signing, signing)
    model = _model(service)
    protocol = str(model.metadata.get("protocol", "")) if model else ""
    operation, parameters = _operation(environ, body, model)
    return Call(
        service=service,
        operation=operation or f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '')}",
        region=found["region"] if found else "us-east-1",
        access_key=found["key"] if found else "",
        parameters=parameters,
        protocol=protocol,
    )


def _operation(environ: Environ, body: bytes, model: ServiceModel | None) -> tuple[str, Json]:
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return target.rsplit(".", 1)[-1], _json_object(body)
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        return form.pop("Action", ""), form
    return _rest_operation(environ, body, model) if model else ("", {})


def _rest_operation(environ: Environ, body: bytes, model: ServiceModel) -> tuple[str, Json]:
    path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    given = {key if not value else f"{key}={value}" for key, value in query.items()} | set(query)
    best: tuple[int, str, Json] | None = None
    for route in _routes(model.service_name):
        fits = route.path.fullmatch(path) if route.method == environ["REQUEST_METHOD"] else None
        if fits and route.query <= given and (best is None or len(route.query) > best[0]):
            best = (len(route.query), route.operation, fits.groupdict())
    if best is None:
        return "", {}
    parameters: Json = {key: unquote(value) for key, value in best[2].items()}
    parameters |= {key: value for key, value in query.items() if value}
    for header, name in HEADER_PARAMETERS.items():
        if header in environ:
            parameters[name] = environ[header]
    operation = "CopyObject" if "CopySource" in parameters else best[1]
    return operation, parameters | _body_parameters(operation, body)


def _body_parameters(operation: str, body: bytes) -> Json:
    if operation == "Invoke":
        return {"Payload": _json_value(body)}
    return _json_object(body) if body[:1] == b"{" and operation != "PutObject" else {}


def _json_value(body: bytes) -> Any:  # any JSON value
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode("utf-8", "replace")


def _json_object(body: bytes) -> Json:
    value = _json_value(body)
    return value if isinstance(value, dict) else {}


@cache
def _model(service: str) -> ServiceModel | None:
    try:
        return botocore.session.get_session().get_service_model(service)
    except UnknownServiceError:
        return None


@cache
def _routes(service: str) -> tuple[_Route, ...]:
    model = _model(service)
    if model is None:
        return ()
    routes = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path, _, query = str(http["requestUri"]).partition("?")
        routes.append(
            _Route(http["method"], _pattern(path), frozenset(query.split("&")) - {""}, name)
        )
    # PutObject and CopyObject share one address; the plain one is to win.
    return tuple(sorted(routes, key=lambda route: route.operation.startswith("Copy")))


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]+\})", path.rstrip("/"))
    text = "".join(
        f"(?P<{part.strip('{}+')}>{'.+' if part.endswith('+}') else '[^/]+'})"
        if part.startswith("{")
        else re.escape(part)
        for part in parts
    )
    return re.compile(text + "/?" if not path.endswith("+}") else text)
