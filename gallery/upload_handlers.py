"""What happens to the files of a form while they arrive: FILE_UPLOAD_HANDLERS in the settings."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler
from django.core.files.uploadhandler import TemporaryFileUploadHandler as DjangoTemporaryFileUploadHandler

from gallery.request_bodies import get_upload_allowance
from gallery.storage.temporary import lock_temporary_file


class DropExcessHandler(FileUploadHandler):
    """Pass on what the limit allows of each file and one byte more; read the rest, and drop it.

    So a file that is too large is told from one that just fits, and the answer can still be read by the
    browser, which a closed connection would not let it. Of files that nobody expects, nothing is passed on.
    """

    chunk_size = 64 * 2**10

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.remaining_bytes = self._get_max_bytes()

    def _get_max_bytes(self) -> int:
        allowance = get_upload_allowance(self.request) if self.request else None
        if self.request is None or allowance is None or self.field_name != allowance.field:
            return 0
        # Files are read before the gate in the middleware is reached: what nobody sends is not stored at all.
        return allowance.max_file_bytes + 1 if self.request.user.is_authenticated else 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if self.remaining_bytes <= 0:
            return None
        kept = raw_data[: self.remaining_bytes]
        self.remaining_bytes -= len(kept)
        return kept

    def file_complete(self, file_size: int) -> None:
        return None


class TemporaryFileUploadHandler(DjangoTemporaryFileUploadHandler):
    """Lock each temporary file, so that it is known whether the process that needs it is still there."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        lock_temporary_file(self.file.fileno())
