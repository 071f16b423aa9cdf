"""A person at Okta's sign-in page without a browser, and the portal in front of them."""

import html
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from django.http import HttpResponse
from django.test import Client

from portal.accounts import okta_settings
from sandbox.client import SandboxClient
from sandbox.server import Sandbox

MAYA, NOOR = "maya.lindqvist@acme.example", "noor.alhashimi@acme.example"


def browser() -> Client:
    """One that reaches the portal as localhost, which the fake Okta may lead back to."""
    return Client(HTTP_HOST="localhost:8000")


@dataclass
class Okta:
    """The fake org as its people and its administrator use it."""

    sandbox: Sandbox
    client: SandboxClient
    ids: dict[str, str] = field(default_factory=dict)

    def put_in(self, login: str, *groups: str) -> str:
        """Put a person in exactly these groups of the portal, made if missing; their Okta id."""
        known = {group["profile"]["name"] for group in self.client.list_groups()}
        for group in okta_settings.group_roles():
            if group not in known:
                self.client.create_group(group)
            if group in groups:
                self.client.add_member(group, login)
            else:
                self.client.remove_member(group, login)
        return self.id_of(login)

    def id_of(self, login: str) -> str:
        return str(self.client.find_user(login)["id"])

    def leave_for(self, client: Client, target: str = "", **more: str) -> str:
        """Press the portal's button; the address at Okta that it leads to."""
        answer = client.post("/sign-in/okta/", {"next": target, **more})
        assert answer.status_code == 302, answer.content
        return str(answer["Location"])

    def choose(self, address: str, login: str) -> requests.Response:
        """Open Okta's page and choose a person on it; what Okta answers."""
        page = requests.get(address, timeout=10)
        assert page.status_code == 200, page.text
        fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text)
        sent = {name: html.unescape(value) for name, value in fields}
        sent["user"] = self.id_of(login)
        action = f"{self.sandbox.okta_url}/oauth2/v1/authorize"
        return requests.post(action, sent, timeout=10, allow_redirects=False)

    def come_back(self, client: Client, answer: requests.Response) -> Any:
        """Follow Okta's redirect into the portal."""
        assert answer.status_code == 302, answer.text
        return client.get(own_part(answer.headers["Location"]))

    def sign_in(self, client: Client, login: str, target: str = "", **more: str) -> HttpResponse:
        found: HttpResponse = self.come_back(
            client, self.choose(self.leave_for(client, target, **more), login)
        )
        return found


def own_part(address: str) -> str:
    """Path and query of an address of the portal."""
    parts = urlsplit(address)
    assert parts.netloc == "localhost:8000", address
    return f"{parts.path}?{parts.query}"


def query_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))
