"""The org as an OpenID provider: one web app, authorization code with PKCE, a page to choose who.

Whoever is chosen has signed in: there are no passwords here. As at Okta, only ACTIVE people are
let through, each code is good once, and `groups` holds the groups that the app's filter lets by.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from werkzeug.wrappers import Request, Response

from sandbox.okta import groups, oidc_page
from sandbox.okta.oidc_keys import Keys
from sandbox.okta.state import Org
from sandbox.web import LOOPBACK_NAMES, Json, json_response

CLIENT_ID = "0oaSandboxPortal0001"
CLIENT_SECRET = "sandbox-portal-secret"
GROUP_PREFIX = "sluice-"
CODE_SECONDS, TOKEN_SECONDS = 60, 3600
#: What a request for a code must hold, and goes back into the page's form.
ASKED = (
    "client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "prompt", "max_age",
    "code_challenge", "code_challenge_method",
)  # fmt: skip


class _RefusedError(Exception):
    """OAuth's own code for what is wrong, and a sentence."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        self.error, self.description, self.status = error, description, status
        super().__init__(description)


class Oidc:
    """`twist` lets a test spoil a token: it gets the claims and returns the token to send."""

    def __init__(self, org: Org, issuer: str) -> None:
        self.issuer = issuer
        self.keys = Keys()
        self.twist: Callable[[Json], str] | None = None
        self._org = org
        self._codes: dict[str, Json] = {}
        self._tokens: dict[str, str] = {}
        self._routes: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", "/.well-known/openid-configuration"): self._describe,
            ("GET", "/oauth2/v1/keys"): lambda _: json_response(self.keys.public()),
            ("GET", "/oauth2/v1/authorize"): self._choose,
            ("POST", "/oauth2/v1/authorize"): self._chosen,
            ("GET", "/oauth2/v1/userinfo"): self._userinfo,
            ("GET", "/login/signout"): lambda _: oidc_page.signed_out(),
        }

    def reset(self) -> None:
        self._codes.clear()
        self._tokens.clear()
        self.twist = None

    def handler(self, request: Request) -> Callable[[Request], Response] | None:
        """Who answers this request, if it is one of ours."""
        if request.path == "/oauth2/v1/token" and request.method == "POST":
            mine = request.form.get("grant_type") == "authorization_code"
            return self._redeem if mine else None
        return self._routes.get((request.method, request.path))

    def _describe(self, request: Request) -> Response:
        at = f"{self.issuer}/oauth2/v1"
        return json_response(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{at}/authorize",
                "token_endpoint": f"{at}/token",
                "userinfo_endpoint": f"{at}/userinfo",
                "jwks_uri": f"{at}/keys",
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "email", "profile", "groups"],
                "token_endpoint_auth_methods_supported": [
                    "client_secret_basic",
                    "client_secret_post",
                ],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    def _choose(self, request: Request) -> Response:
        return self._page(request, {name: request.args.get(name, "") for name in ASKED})

    def _page(
        self, request: Request, asked: dict[str, str], *, status: int = 200, problem: str = ""
    ) -> Response:
        """The page with everybody; without a place that may be led back to, only a sentence."""
        try:
            _check_target(asked)
        except _RefusedError as refusal:
            return oidc_page.broken(refusal.description)
        if problem_code := _problem_of(asked):
            return _back(asked, error=problem_code[0], error_description=problem_code[1])
        with self._org.lock:
            rows = [dict(user) for user in self._org.users.values()]
            names = {user["id"]: self._groups_of(user["id"]) for user in rows}
        return oidc_page.people(asked, rows, names, status=status, problem=problem)

    def _chosen(self, request: Request) -> Response:
        asked = {name: request.form.get(name, "") for name in ASKED}
        with self._org.lock:
            user = self._org.users.get(request.form.get("user", ""))
        if user is None or user["status"] != "ACTIVE":
            text = "This person may not sign in: only people who are active may."
            return self._page(request, asked, status=403, problem=text)
        try:
            _check_target(asked)
        except _RefusedError as refusal:
            return oidc_page.broken(refusal.description)
        code = secrets.token_urlsafe(24)
        now = int(time.time())
        self._codes[code] = {**asked, "user": user["id"], "auth_time": now}
        return _back(asked, code=code)

    def _redeem(self, request: Request) -> Response:
        try:
            with self._org.lock:
                return self._tokens_for(request)
        except _RefusedError as refusal:
            body = {"error": refusal.error, "error_description": refusal.description}
            return json_response(body, refusal.status)

    def _tokens_for(self, request: Request) -> Response:
        _check_client(request)
        kept = self._codes.pop(request.form.get("code", ""), None)
        if kept is None or kept["auth_time"] + CODE_SECONDS < time.time():
            raise _RefusedError("invalid_grant", "The authorization code is invalid or expired.")
        if kept["redirect_uri"] != request.form.get("redirect_uri"):
            raise _RefusedError("invalid_grant", "The 'redirect_uri' does not match.")
        if _challenge_of(request.form.get("code_verifier", "")) != kept["code_challenge"]:
            raise _RefusedError("invalid_grant", "PKCE verification failed.")
        access = secrets.token_urlsafe(24)
        self._tokens[access] = kept["user"]
        claims = self._claims(kept)
        return json_response(
            {
                "token_type": "Bearer",
                "expires_in": TOKEN_SECONDS,
                "access_token": access,
                "scope": kept["scope"],
                "id_token": self.twist(claims) if self.twist else self.keys.sign(claims),
            }
        )

    def _claims(self, kept: Json) -> Json:
        now = int(time.time())
        about: Json = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "auth_time": kept["auth_time"],
            "jti": f"ID.{secrets.token_urlsafe(16)}",
            "amr": ["pwd", "mfa"],
            "ver": 1,
            **self._about(kept["user"], kept["scope"].split()),
        }
        return about | ({"nonce": kept["nonce"]} if kept["nonce"] else {})

    def _about(self, user_id: str, scopes: list[str]) -> Json:
        profile = self._org.users[user_id]["profile"]
        found: Json = {"sub": user_id}
        if "profile" in scopes:
            found |= {"preferred_username": profile["login"]}
            found |= {"name": f"{profile['firstName']} {profile['lastName']}"}
            found |= {"given_name": profile["firstName"], "family_name": profile["lastName"]}
        if "email" in scopes:
            found |= {"email": profile["email"], "email_verified": True}
        if "groups" in scopes:
            found["groups"] = self._groups_of(user_id)
        return found

    def _groups_of(self, user_id: str) -> list[str]:
        names = [group["profile"]["name"] for group in groups.of_user(self._org, user_id)]
        return [name for name in names if name.startswith(GROUP_PREFIX)]

    def _userinfo(self, request: Request) -> Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        if token not in self._tokens:
            return json_response({"error": "invalid_token"}, 401)
        with self._org.lock:
            return json_response(self._about(self._tokens[token], ["profile", "email", "groups"]))


def _check_target(asked: dict[str, str]) -> None:
    """Before these hold, nothing may be sent to the address that was given."""
    if asked["client_id"] != CLIENT_ID:
        raise _RefusedError("invalid_client", "There is no app with this client id.")
    target = urlsplit(asked["redirect_uri"])
    if target.scheme != "http" or target.hostname not in LOOPBACK_NAMES:
        raise _RefusedError("invalid_request", "The app may only lead back to this machine.")


def _problem_of(asked: dict[str, str]) -> tuple[str, str] | None:
    if asked["response_type"] != "code":
        return "unsupported_response_type", "The response type must be code."
    if "openid" not in asked["scope"].split():
        return "invalid_scope", "The scope must hold openid."
    if asked["code_challenge_method"] != "S256" or not asked["code_challenge"]:
        return "invalid_request", "PKCE code challenge is required by the application."
    return None


def _check_client(request: Request) -> None:
    given = request.authorization
    name = (given.username if given else request.form.get("client_id")) or ""
    secret = (given.password if given else request.form.get("client_secret")) or ""
    if name != CLIENT_ID or not hmac.compare_digest(secret.encode(), CLIENT_SECRET.encode()):
        raise _RefusedError("invalid_client", "The client id or secret is wrong.", 401)


def _challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _back(asked: dict[str, str], **answer: Any) -> Response:
    target, state = asked["redirect_uri"], asked["state"]
    query = urlencode({**answer, **({"state": state} if state else {})})
    mark = "&" if urlsplit(target).query else "?"
    return Response(status=302, headers={"Location": f"{target}{mark}{query}"})
