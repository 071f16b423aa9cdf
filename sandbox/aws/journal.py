"""Every AWS call that arrived, in memory and appended to a file."""

import json
import re
import threading
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.web import Json

SECRET_NAME = re.compile(r"password|secret|token|credential|privatekey|zipfile", re.IGNORECASE)
KEPT = 10_000


def without_secrets(value: Any) -> Any:  # any JSON value
    if isinstance(value, dict):
        return {
            key: "[redacted]" if SECRET_NAME.search(str(key)) else without_secrets(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    return value


class Journal:
    """Entries: at, service, operation, parameters, account, access_key, region, request_id,
    status, code, fault, user_agent."""

    def __init__(self, file: Path | None = None) -> None:
        self._entries: deque[Json] = deque(maxlen=KEPT)
        self._lock = threading.Lock()
        self._file = file.open("a", encoding="utf-8") if file else None

    def add(self, entry: Json) -> None:
        kept = {"at": datetime.now(UTC).isoformat(), **without_secrets(entry)}
        with self._lock:
            self._entries.append(kept)
            if self._file:
                self._file.write(json.dumps(kept, default=str) + "\n")
                self._file.flush()

    def entries(self, service: str = "", operation: str = "") -> list[Json]:
        with self._lock:
            return [
                entry
                for entry in self._entries
                if service in ("", entry["service"]) and operation in ("", entry["operation"])
            ]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def close(self) -> None:
        if self._file:
            self._file.close()
