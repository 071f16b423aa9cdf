"""What the demo's processes are told: where everything is, and the secrets made for them."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from portal.embedded import EmbeddedError, write_private
from portal.embedded.ports import choose_port

USER = "admin"
#: Settings of the person's own shell that would send the demo to real accounts.
FOREIGN = ("AWS_", "OIDC_", "OKTA_", "SLACK_", "EMAIL_", "JIRA_", "WEB_")
#: A proxy must not come between processes of one machine.
DIRECT = {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}


def _token() -> str:
    return secrets.token_urlsafe(24)


@dataclass
class Kept:
    """Made once for a data folder and kept there as `demo.json`, mode 0600."""

    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    hook_secret: str = field(default_factory=_token)
    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(64))
    sandbox_port: int | None = None  # the page of the fake Okta stays where it was


def load_kept(data: Path) -> Kept:
    """Read what a data folder keeps, or make it."""
    path = data / "demo.json"
    try:
        kept = Kept(**json.loads(path.read_text()))
    except FileNotFoundError:
        kept = Kept()
    except (OSError, ValueError, TypeError) as error:
        raise EmbeddedError(
            f"{path} cannot be used ({error}). Remove it, and start again."
        ) from None
    kept.sandbox_port = choose_port(kept.sandbox_port)
    write_private(path, json.dumps(asdict(kept), indent=2) + "\n")
    return kept


def hook_secrets(kept: Kept) -> str:
    """OKTA_HOOK_SECRETS as given, else one secret of our own under the label `demo`."""
    return os.environ.get("OKTA_HOOK_SECRETS", "").strip() or f"demo:{kept.hook_secret}"


def first_secret(pairs: str) -> str:
    """The secret that the hook is registered with, out of `label:secret,label:secret`."""
    label, _, secret = pairs.split(",")[0].strip().partition(":")
    if not label or not secret:
        raise EmbeddedError(
            "OKTA_HOOK_SECRETS must look like label:secret,label:secret. Correct or unset it."
        )
    return secret


def write_environ(data: Path, values: Mapping[str, str]) -> None:
    """Write `env`, which settings.py reads for any command that has this SLUICE_DATA."""
    write_private(data / "env", "".join(f"{name}={value}\n" for name, value in values.items()))


def for_children(data: Path, values: Mapping[str, str]) -> dict[str, str]:
    """The environment of the demo's processes: ours, without what leads to real accounts."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    ours = {"SLUICE_DATA": str(data), "DJANGO_SETTINGS_MODULE": "portal.settings"}
    return {**own, **DIRECT, **values, **ours}
