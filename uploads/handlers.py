"""How much of a form the site takes before it stops reading (API bodies are bounded by their views)."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class BoundedForms(FileUploadHandler):
    """First of the upload handlers: Django bounds the fields of a form, but not its files."""

    def new_file(self, *args: object, **kwargs: object) -> None:
        super().new_file(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.received += len(raw_data)
        if self.received > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig("A file is larger than the site takes.")
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The handlers that follow keep the file."""
