"""Keep uploads from filling the disk while they arrive, and the memory while they wait."""

import hashlib
import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from gallery.photos.conversion import get_upload_limits
from imaging.decode import read_limited


class DropExcessHandler(FileUploadHandler):
    """Pass on what the limit allows of each file and one byte more; read the rest, and drop it.

    So a file that is too large is told from one that just fits, and the answer can still be read by the
    browser, which a closed connection would not let it.
    """

    chunk_size = 64 * 2**10

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        # Files are read before the gate in the middleware is reached: what nobody sends is not kept at all.
        is_logged_in = self.request is not None and self.request.user.is_authenticated
        max_bytes = settings.VIDEO_MAX_BYTES if self.field_name == "video" else settings.UPLOAD_MAX_BYTES
        self.remaining_bytes = max_bytes + 1 if is_logged_in else 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if self.remaining_bytes <= 0:
            return None
        kept = raw_data[: self.remaining_bytes]
        self.remaining_bytes -= len(kept)
        return kept

    def file_complete(self, file_size: int) -> None:
        return None


@dataclass(frozen=True)
class ReceivedFile:
    """An upload that has arrived.

    `source` has its bytes, or the path where Django keeps them until the request is over.
    """

    source: bytes | Path
    size: int  # bytes

    @cached_property
    def sha256(self) -> str:
        with self.source.open("rb") if isinstance(self.source, Path) else io.BytesIO(self.source) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def read(self) -> bytes:
        return self.source.read_bytes() if isinstance(self.source, Path) else self.source


def receive_file(stream: IO[bytes]) -> ReceivedFile:
    """Return what has arrived. Raise BadImage if it is larger than an upload may be.

    Large uploads, of which many may wait for their turn to be converted, stay on the disk meanwhile.
    """
    limits = get_upload_limits()
    if isinstance(stream, TemporaryUploadedFile) and (stream.size or 0) <= limits.max_bytes:
        return ReceivedFile(Path(stream.temporary_file_path()), stream.size or 0)
    data = read_limited(stream, limits)
    return ReceivedFile(data, len(data))
