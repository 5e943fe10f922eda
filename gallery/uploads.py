"""Keeps uploads from filling the disk while they arrive."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler


class DropExcessHandler(FileUploadHandler):
    """Passes on what the limit allows of each file and one byte more; the rest is read and dropped.

    So a file that is too large is told from one that just fits, and the answer can still be read by the
    browser, which a closed connection would not let it.
    """

    chunk_size = 64 * 2**10

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        # Files are read before the gate in the middleware is reached: what nobody sends is not kept at all.
        is_known = self.request is not None and self.request.user.is_authenticated
        self.room = settings.UPLOAD_MAX_BYTES + 1 if is_known else 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if self.room <= 0:
            return None
        kept = raw_data[: self.room]
        self.room -= len(kept)
        return kept

    def file_complete(self, file_size: int) -> None:
        return None
