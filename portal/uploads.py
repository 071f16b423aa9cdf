"""A bound on what a form may send along: without one a single call could fill the disk."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

#: Well above the largest file that any page takes, so that those pages can say what is too large.
MOST_BYTES = 10 * 1024 * 1024


class Bounded(FileUploadHandler):
    """Refuses a body before the first byte of it is read; other handlers then take the files.

    Django itself bounds everything but files, and the token that guards a form is a part of it.
    """

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803 - Django's name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        if content_length > MOST_BYTES:
            raise RequestDataTooBig(f"{content_length} bytes, and {MOST_BYTES} at most")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
