"""Keep uploads from filling the memory while they wait."""

import hashlib
import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO

from django.core.files.uploadedfile import TemporaryUploadedFile

from gallery.photos.conversion import get_upload_limits
from imaging.decode import read_limited


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
