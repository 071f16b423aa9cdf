"""What the embedded servers must remember between two starts: ports and passwords."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from portal.embedded.process import EmbeddedError


def _password() -> str:
    return secrets.token_urlsafe(24)


@dataclass
class State:
    """Kept as `servers.json`, mode 0600, in the data folder."""

    postgres_port: int | None = None
    redis_port: int | None = None
    superuser_password: str = field(default_factory=_password)
    owner_password: str = field(default_factory=_password)
    app_password: str = field(default_factory=_password)
    redis_password: str = field(default_factory=_password)


def load(data: Path) -> State:
    """Read the state of a data folder, or make a new one."""
    path = data / "servers.json"
    try:
        return State(**json.loads(path.read_text()))
    except FileNotFoundError:
        return State()
    except PermissionError:
        raise EmbeddedError(
            f"{path} may not be read: the data folder belongs to another user. "
            "Start as that user, or choose another folder with --data."
        ) from None
    except (ValueError, TypeError) as error:
        raise EmbeddedError(
            f"{path} is damaged ({error}). Restore it, or remove the folder {data} to start anew."
        ) from None


def save(data: Path, state: State) -> None:
    """Write the state so that a crash leaves the old or the new file, never a part of one."""
    write_private(data / "servers.json", json.dumps(asdict(state), indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Replace a file atomically; only its owner may read it."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
