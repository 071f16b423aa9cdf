"""Who calls: SSWS tokens, and access tokens of service apps with private_key_jwt."""

import json
import secrets
import time
from dataclasses import dataclass

import jwt
from werkzeug.wrappers import Request, Response

from sandbox.okta.errors import OktaError
from sandbox.okta.events import user_target
from sandbox.okta.state import Operation, Org
from sandbox.web import Json, json_response

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN_SECONDS = 3600
ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]


@dataclass(frozen=True)
class Caller:
    operation: Operation
    #: None = everything the token's owner may do
    scopes: frozenset[str] | None = None
    #: The admin console: neither limits nor faults apply.
    console: bool = False


def authenticate(org: Org, request: Request) -> Caller:
    """Raises OktaError E0000011."""
    header = request.headers.get("Authorization", "")
    if header.startswith("SSWS"):
        return _by_api_token(org, request, header.removeprefix("SSWS").strip())
    if header.startswith("Bearer "):
        return _by_access_token(org, request, header.removeprefix("Bearer ").strip())
    raise OktaError("E0000011")


def _by_api_token(org: Org, request: Request, token: str) -> Caller:
    known = org.api_tokens.get(token)
    if known is None:
        raise OktaError("E0000011")
    console = bool(known.get("console"))
    owner = org.users.get(known["user"])
    if not console and (owner is None or owner["status"] == "DEPROVISIONED"):
        raise OktaError("E0000011")
    operation = Operation(
        actor=user_target(owner) if owner else org.admin,
        uri=request.full_path,
        address=request.remote_addr or "",
        user_agent=request.headers.get("User-Agent", "")[:500],
        token_id=known["id"],
    )
    return Caller(operation, console=console)


def _by_access_token(org: Org, request: Request, token: str) -> Caller:
    known = org.access_tokens.get(token)
    if known is None or known["expires"] < time.time() or known["client"] not in org.clients:
        raise OktaError("E0000011")
    client_id = str(known["client"])
    actor: Json = {
        "id": client_id,
        "type": "PublicClientAppEntity",
        "alternateId": "unknown",
        "displayName": org.clients[client_id]["label"],
        "detailEntry": None,
    }
    operation = Operation(
        actor=actor,
        uri=request.full_path,
        address=request.remote_addr or "",
        user_agent=request.headers.get("User-Agent", "")[:500],
        client_id=client_id,
    )
    return Caller(operation, frozenset(known["scopes"]))


class _TokenRefusedError(Exception):
    def __init__(self, status: int, error: str, description: str) -> None:
        self.response = json_response({"error": error, "error_description": description}, status)
        super().__init__(description)


def issue_token(org: Org, request: Request) -> Response:
    """POST /oauth2/v1/token with client_credentials and private_key_jwt."""
    try:
        client_id = _client_of(org, request)
        scopes = _scopes(org.clients[client_id], request.form.get("scope", ""))
    except _TokenRefusedError as refusal:
        return refusal.response
    token = secrets.token_urlsafe(32)
    expires = time.time() + TOKEN_SECONDS
    org.access_tokens[token] = {"client": client_id, "scopes": scopes, "expires": expires}
    return json_response(
        {
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "access_token": token,
            "scope": " ".join(scopes),
        }
    )


def _scopes(client: Json, wanted: str) -> list[str]:
    scopes = wanted.split()
    refused = [scope for scope in scopes if scope not in client["scopes"]]
    if not scopes or refused:
        text = f"One or more scopes are not granted to the app: {' '.join(refused) or '(none)'}"
        raise _TokenRefusedError(400, "invalid_scope", text)
    return scopes


def _client_of(org: Org, request: Request) -> str:
    """The service app whose key signed the assertion."""
    form = request.form
    if form.get("grant_type") != "client_credentials":
        text = "grant_type must be client_credentials."
        raise _TokenRefusedError(400, "unsupported_grant_type", text)
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        text = f"client_assertion_type must be {ASSERTION_TYPE}."
        raise _TokenRefusedError(401, "invalid_client", text)
    claims = _claims(org, form.get("client_assertion", ""), request.base_url)
    _check_claims(org, claims)
    return str(claims["sub"])


def _claims(org: Org, assertion: str, audience: str) -> Json:
    try:
        client_id = jwt.decode(assertion, options={"verify_signature": False}).get("sub", "")
        key_id = jwt.get_unverified_header(assertion).get("kid")
        keys = [k for k in org.clients.get(client_id, {}).get("jwks", []) if k.get("kid") == key_id]
        if not keys:
            raise _TokenRefusedError(
                401, "invalid_client", f"No key {key_id!r} is registered for {client_id!r}."
            )
        key = jwt.PyJWK.from_json(json.dumps(keys[0]))
        claims = jwt.decode(
            assertion,
            key.key,
            algorithms=ALGORITHMS,
            audience=audience,
            options={"require": ["exp", "iss", "sub", "aud"]},
        )
    except jwt.PyJWTError as error:
        text = f"The client_assertion is not valid: {error}."
        raise _TokenRefusedError(401, "invalid_client", text) from error
    return dict(claims)


def _check_claims(org: Org, claims: Json) -> None:
    if claims["iss"] != claims["sub"]:
        raise _TokenRefusedError(401, "invalid_client", "iss and sub must be the client id.")
    if claims["exp"] > time.time() + 3600:
        raise _TokenRefusedError(401, "invalid_client", "exp is more than one hour ahead.")
    jti = claims.get("jti")
    if jti in org.used_jtis:
        raise _TokenRefusedError(401, "invalid_client", "This jti was used before.")
    if jti:
        org.used_jtis.add(str(jti))
