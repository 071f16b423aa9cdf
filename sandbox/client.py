"""The sandbox from another process: act in Okta as its administrator, look at what arrived."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import urllib3

from sandbox.okta.seed import CONSOLE_TOKEN
from sandbox.web import Json

TIMEOUT_SECONDS = 15.0


class SandboxRefusedError(Exception):
    """The sandbox answered with an error; the message is its sentence."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


class SandboxClient:
    """`control_url` is what the sandbox prints at start; its own calls meet no faults or limits."""

    def __init__(self, control_url: str) -> None:
        self._base = control_url.removesuffix("/").removesuffix("/control")
        self._pool = urllib3.PoolManager(timeout=TIMEOUT_SECONDS, retries=False)

    def reset(self) -> None:
        """Everything back to the seed."""
        self._control("POST", "reset", {})

    # --- people, groups, apps ---

    def list_users(self, search: str = "") -> list[Json]:
        """All people, deactivated ones too."""
        return self._all("users", search or "status pr")

    def find_user(self, id_or_login: str) -> Json:
        return self._okta("GET", f"users/{quote(id_or_login, safe='')}")

    def create_user(self, profile: Json, group_ids: list[str] | None = None) -> Json:
        """An ACTIVE person; `profile` needs login, email, firstName, lastName."""
        body = {"profile": profile, "credentials": {"password": {"value": "set"}}}
        return self._okta("POST", "users?activate=true", {**body, "groupIds": group_ids or []})

    def update_user(self, id_or_login: str, **profile: object) -> Json:
        """Change the named attributes only; None clears one."""
        return self._okta("POST", f"users/{quote(id_or_login, safe='')}", {"profile": profile})

    def replace_user(self, id_or_login: str, profile: Json) -> Json:
        return self._okta("PUT", f"users/{quote(id_or_login, safe='')}", {"profile": profile})

    def activate(self, id_or_login: str) -> None:
        self._lifecycle(id_or_login, "activate")

    def deactivate(self, id_or_login: str) -> None:
        self._lifecycle(id_or_login, "deactivate")

    def suspend(self, id_or_login: str) -> None:
        self._lifecycle(id_or_login, "suspend")

    def unsuspend(self, id_or_login: str) -> None:
        self._lifecycle(id_or_login, "unsuspend")

    def delete_user(self, id_or_login: str) -> None:
        """The first call deactivates, the second deletes."""
        self._okta("DELETE", f"users/{quote(id_or_login, safe='')}")

    def list_groups(self) -> list[Json]:
        return self._all("groups")

    def find_group(self, name: str) -> Json:
        """Raises SandboxRefusedError 404."""
        for group in self.list_groups():
            if group["profile"]["name"] == name:
                return group
        raise SandboxRefusedError(404, f"There is no group {name}.")

    def create_group(self, name: str, description: str = "") -> Json:
        return self._okta("POST", "groups", {"profile": {"name": name, "description": description}})

    def list_members(self, group_name: str) -> list[Json]:
        return self._all(f"groups/{self.find_group(group_name)['id']}/users")

    def add_member(self, group_name: str, id_or_login: str) -> None:
        self._member("PUT", group_name, id_or_login)

    def remove_member(self, group_name: str, id_or_login: str) -> None:
        self._member("DELETE", group_name, id_or_login)

    # --- hooks ---

    def register_hook(
        self, url: str, secret: str, event_types: list[str], *, name: str = "Sluice"
    ) -> Json:
        """Active but unverified; `secret` goes into the Authorization header as it is."""
        scheme = {"type": "HEADER", "key": "Authorization", "value": secret}
        channel = {"type": "HTTP", "version": "1.0.0", "config": {"uri": url, "authScheme": scheme}}
        events = {"type": "EVENT_TYPE", "items": event_types}
        return self._okta(
            "POST", "eventHooks", {"name": name, "events": events, "channel": channel}
        )

    def verify_hook(self, hook_id: str) -> Json:
        return self._okta("POST", f"eventHooks/{hook_id}/lifecycle/verify", {})

    def list_hooks(self) -> list[Json]:
        return list(self._call("GET", "/api/v1/eventHooks"))

    def delete_hook(self, hook_id: str) -> None:
        self._okta("POST", f"eventHooks/{hook_id}/lifecycle/deactivate", {})
        self._okta("DELETE", f"eventHooks/{hook_id}")

    def list_events(self) -> list[Json]:
        """The System Log, oldest first."""
        return list(self._control("GET", "okta/events"))

    def write_event(self, event: Json) -> None:
        """Any event into the log and to the hooks that listen."""
        self._control("POST", "okta/events", event)

    def list_deliveries(self) -> list[Json]:
        """Oldest first: id, hook, uri, at, status, attempts, events, body."""
        return list(self._control("GET", "okta/deliveries"))

    def resend(self, delivery_id: str) -> None:
        self._control("POST", f"okta/deliveries/{delivery_id}/resend", {})

    def send_preview(self, hook_id: str, event_type: str) -> None:
        self._control("POST", f"okta/hooks/{hook_id}/preview", {"eventType": event_type})

    def send_events(self, hook_id: str, events: list[Json]) -> None:
        """Any events, in the hook's form, to one hook."""
        self._control("POST", f"okta/hooks/{hook_id}/events", {"events": events})

    def set_delivery_options(self, **options: object) -> Json:
        """batch_seconds, max_batch, delay, duplicate, drop, reorder."""
        return dict(self._control("POST", "okta/delivery-options", options))

    def settle(self, timeout: float = 10.0) -> bool:
        """Wait until no event waits for delivery and none is on its way."""
        return bool(self._control("POST", "okta/settle", {"timeout": timeout})["settled"])

    def set_limit(self, path: str, limit: int) -> None:
        """Requests a minute for addresses that begin with `path`."""
        self._control("POST", "okta/limits", {"path": path, "limit": limit})

    def register_client(self, client_id: str, jwks: list[Json], scopes: list[str]) -> None:
        """A service app that signs in with private_key_jwt; public keys only."""
        body = {"id": client_id, "jwks": jwks, "scopes": scopes}
        self._control("POST", "okta/clients", body)

    # --- what arrived elsewhere ---

    def list_mails(self, recipient: str = "") -> list[Json]:
        return list(self._control("GET", f"mails?{urlencode({'recipient': recipient})}"))

    def list_slack_messages(self, channel: str = "") -> list[Json]:
        return list(self._control("GET", f"slack?{urlencode({'channel': channel})}"))

    def list_objects(self) -> dict[str, list[Json]]:
        """Bucket -> [{key, size, modified}]."""
        return dict(self._control("GET", "s3"))

    def create_bucket(self, name: str) -> None:
        self._control("POST", "s3", {"name": name})

    def delete_bucket(self, name: str) -> None:
        self._control("DELETE", f"s3?{urlencode({'name': name})}")

    def list_aws_calls(self, service: str = "", operation: str = "") -> list[Json]:
        query = urlencode({"service": service, "operation": operation})
        return list(self._control("GET", f"aws/calls?{query}"))

    # --- faults ---

    def add_fault(self, service: str, operation: str = "*", **fields: object) -> str:
        """Fields: match, times, status, code, message, delay, drop, headers. Returns its id."""
        fault = {"service": service, "operation": operation, **fields}
        return str(self._control("POST", "faults", fault)["id"])

    def clear_faults(self) -> None:
        self._control("DELETE", "faults")

    # --- transport ---

    def _lifecycle(self, id_or_login: str, verb: str) -> None:
        self._okta("POST", f"users/{quote(id_or_login, safe='')}/lifecycle/{verb}", {})

    def _member(self, method: str, group_name: str, id_or_login: str) -> None:
        group, user = self.find_group(group_name), self.find_user(id_or_login)
        self._okta(method, f"groups/{group['id']}/users/{user['id']}")

    def _all(self, path: str, search: str = "") -> list[Json]:
        """Every page, through the Link headers."""
        query = urlencode({"limit": 200, **({"search": search} if search else {})})
        url, found = f"{self._base}/api/v1/{path}?{query}", list[Json]()
        while url:
            response = self._pool.request("GET", url, headers=_headers())
            found += _checked(response)
            links = response.headers.getlist("Link")
            following = [link for link in links if 'rel="next"' in link]
            url = following[0].partition("<")[2].partition(">")[0] if following else ""
        return found

    def _okta(self, method: str, path: str, body: Json | None = None) -> Json:
        return dict(self._call(method, f"/api/v1/{path}", body))

    def _control(self, method: str, path: str, body: Json | None = None) -> Any:  # JSON
        return self._call(method, f"/control/{path}", body)

    def _call(self, method: str, path: str, body: Json | None = None) -> Any:  # JSON
        data = None if body is None else json.dumps(body).encode()
        response = self._pool.request(method, self._base + path, body=data, headers=_headers())
        return _checked(response)


def _headers() -> dict[str, str]:
    return {"Authorization": f"SSWS {CONSOLE_TOKEN}", "Content-Type": "application/json"}


def _checked(response: urllib3.BaseHTTPResponse) -> Any:  # any JSON value
    data = json.loads(response.data) if response.data else {}
    if response.status >= 400:
        causes = [cause["errorSummary"] for cause in data.get("errorCauses", [])]
        text = data.get("error") or "; ".join(causes) or data.get("errorSummary")
        raise SandboxRefusedError(response.status, str(text))
    return data
