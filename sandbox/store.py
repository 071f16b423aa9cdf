"""Everything the sandbox knows, kept in one file so that a second start finds it again."""

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.web import Json, RefusedInputError

PAUSE_SECONDS = 0.5


class Store:
    """Writes the sections after a change, at most twice a second, each time a whole new file."""

    def __init__(self, folder: Path | None, sections: dict[str, Callable[[], Any]]) -> None:
        self._file = folder / "sandbox.json" if folder else None
        self._sections = sections
        self._changed = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def read(self) -> Json | None:
        """What was kept, or None; raises RefusedInputError when the file is damaged."""
        if self._file is None or not self._file.is_file():
            return None
        try:
            return dict(json.loads(self._file.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise RefusedInputError(
                f"{self._file} is not readable as JSON ({error}); delete it to start from the seed."
            ) from error

    def start(self) -> None:
        self._thread.start()

    def touch(self) -> None:
        self._changed.set()

    def stop(self) -> None:
        self._stopping.set()
        self._changed.set()
        self._thread.join(timeout=5)
        self._write()

    def _run(self) -> None:
        while not self._stopping.wait(PAUSE_SECONDS):
            self._changed.wait()
            if not self._stopping.is_set():
                self._changed.clear()
                self._try_to_write()

    def _try_to_write(self) -> None:
        try:
            self._write()
        except RuntimeError:  # moto's tables have no lock; one grew while it was read
            self._changed.set()

    def _write(self) -> None:
        if self._file is None:
            return
        data = {name: section() for name, section in self._sections.items()}
        draft = self._file.with_suffix(".new")
        with draft.open("w", encoding="utf-8") as handle:
            json.dump(data, handle)
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(self._file)
