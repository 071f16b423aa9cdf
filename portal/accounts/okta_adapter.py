"""Okta as allauth's OpenID provider: it does discovery, state, PKCE and the exchange of the code.

What is stricter here: the token's signature is always checked, a nonce ties the token to the
sign-in, and accounts are found by `sub` alone, in `portal.accounts.arriving`.
"""

import secrets
import time
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from portal.accounts import arriving, id_tokens, okta_settings
from portal.accounts.refused import refused
from portal.own_paths import own_path
from provisioning.actions.secrets import resolve

PROVIDER = "okta"
SCOPES = ["openid", "profile", "email", "groups"]


class OktaAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth has no types
    """One sign-in's talk with Okta."""

    #: What was kept in the session when the sign-in began; the callback view fills it in.
    state: dict[str, Any]

    def __init__(self, request: HttpRequest, provider_id: str = PROVIDER) -> None:
        super().__init__(request, provider_id)
        self.state = {}

    def get_provider(self) -> "OktaProvider":
        return self._provider

    @cached_property
    def _provider(self) -> "OktaProvider":
        return OktaProvider(self.request)

    @property
    def openid_config(self) -> dict[str, Any]:
        found: dict[str, Any] = super().openid_config
        wanted = okta_settings.issuer()
        if str(found.get("issuer", "")).rstrip("/") != wanted:
            raise OAuth2Error(f"{wanted} says that it is {found.get('issuer')!r}")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if urlsplit(str(found.get(name))).scheme != "https" and not settings.OKTA_ALLOW_HTTP:
                raise OAuth2Error(f"{name} is not https")
        return found

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return request.build_absolute_uri(reverse("okta-callback"))

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any
    ) -> None:
        """Leaves allauth's way here: what it would do next is for accounts of its own."""
        raise ImmediateHttpResponse(arriving.arrive(request, self._claims(kwargs), self.state))

    def _claims(self, answer: dict[str, Any]) -> dict[str, Any]:
        config = self.openid_config
        with get_adapter().get_requests_session() as session:
            found = session.get(config["jwks_uri"])
            found.raise_for_status()
        try:
            return id_tokens.read(
                str(answer["response"].get("id_token", "")),
                found.json(),
                issuer=config["issuer"],
                client_id=settings.OIDC_CLIENT_ID,
                nonce=str((self.state.get("data") or {}).get("nonce", "")),
            )
        except id_tokens.TokenRefusedError as error:
            raise OAuth2Error(str(error)) from error


class OktaProvider(OpenIDConnectProvider):  # type: ignore[misc]  # allauth has no types
    """Made from the settings, not from allauth's table of apps."""

    oauth2_adapter_class = OktaAdapter

    def __init__(self, request: HttpRequest) -> None:
        app = SocialApp(
            provider="openid_connect",
            provider_id=PROVIDER,
            name="Okta",
            client_id=settings.OIDC_CLIENT_ID,
            secret=resolve(settings.OIDC_CLIENT_SECRET, "the secret of the Okta sign-in app"),
            settings={
                "server_url": okta_settings.issuer(),
                "oauth_pkce_enabled": True,
                "scope": SCOPES,
            },
        )
        super().__init__(request, app=app)

    def begin(self, *, target: str, again: bool) -> HttpResponse:
        """Lead to Okta. `again` makes it ask for the password though a session is there."""
        nonce = secrets.token_urlsafe(24)
        asked = {"nonce": nonce, **({"prompt": "login", "max_age": "0"} if again else {})}
        data = {"nonce": nonce, "again": again, "began": time.time()}
        found: HttpResponse = self.redirect(
            self.request, process="login", next_url=target, data=data, auth_params=asked
        )
        return found


class OktaCallback(OAuth2CallbackView):  # type: ignore[misc]  # allauth has no types
    """allauth's, but the adapter is told what the sign-in began with."""

    def _get_state(self, request: HttpRequest, provider: OktaProvider) -> Any:
        state, response = super()._get_state(request, provider)
        self.adapter.state = state or {}
        return state, response


class OktaAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # no types
    """Whatever goes wrong on allauth's way ends on a page of ours, with an entry."""

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        why = f"okta: {exception or request.GET.get('error') or 'no such sign-in was begun'}"
        raise ImmediateHttpResponse(
            refused(
                request,
                why=why[:300],
                title="Okta did not sign you in",
                text=[
                    "The sign-in was cancelled, took too long, or was not begun in this browser.",
                    "Go back and sign in again. If it stays, tell an administrator the number "
                    "below: the audit log says what was wrong.",
                ],
            )
        )


def callback(request: HttpRequest) -> HttpResponse:
    """Okta leads back here."""
    found: HttpResponse = OktaCallback.adapter_view(OktaAdapter(request))(request)
    return found


def begin(request: HttpRequest, *, again: bool) -> HttpResponse:
    return OktaAdapter(request).get_provider().begin(target=own_path(request), again=again)
