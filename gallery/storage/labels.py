"""Results as they leave the site: with the label that the settings ask for, whatever was stored when.

A result is stored without a visible label, and with the AIGC label of the time. `prepare_result` gives the name of a
file that may leave: the stored one, where it says what the settings ask for now; else a copy of it that does, which is
made once and kept in LABELED_FOLDER beside the others of that file, and deleted with it. So nginx sends either, and
another setting takes effect on all works at once. Everything that hands out a result comes through here, pages of its
owner too: what a browser shows can be saved.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path, PurePath
from uuid import UUID

from django.utils.crypto import salted_hmac
from django.utils.translation import get_language

from gallery.storage.media import StorageError, labeled_folder, media_path
from imaging.decode import read_image_size
from imaging.errors import BadImage
from imaging.files import write_atomically
from imaging.labels import AigcLabel
from imaging.labels.read import read_marks
from imaging.labels.relabel import relabel_image
from imaging.labels.xmp import XmpMarks
from imaging.limits import NO_LIMITS
from inference.ai_labels import MAX_ID_LENGTH, build_aigc_label, get_label_language
from inference.errors import BadVideo, EngineBusy
from inference.runtime import get_engine

logger = logging.getLogger(__name__)

FORMATS = {".jpg": "JPEG", ".png": "PNG", ".webp": "WEBP"}
# Larger pictures, and videos, take a slot of the engine, as conversions do.
MAX_PIXELS_WITHOUT_SLOT = 4_000_000
MAX_RETRIES = 20  # of a zip that waits for the engine


def make_label(key: UUID | str) -> AigcLabel | None:
    """Return the AIGC label for all files of a work, or a video's conversion, with this primary key.

    The number in it is the same for all of them. It does not tell the key, which would lead to the work's page and its
    owner: only who has the site's secret key can compute one from the other.
    """
    number = salted_hmac("gallery.ai_label", str(key), algorithm="sha256").hexdigest()[:MAX_ID_LENGTH]
    return build_aigc_label(number, propagates=True)


def get_visible_language() -> str | None:
    """Return the language of the visible label for who asks now; None where there is no visible label."""
    return get_label_language(get_language())


def prepare_result(name: str, key: UUID, language: str | None) -> str:
    """Return the stored name of the file that leaves for this stored result: itself, or a labeled copy.

    `key` is of the work or video conversion that it belongs to, `language` as of `get_visible_language`. A file that is
    damaged, which only a disk can do, leaves as it is. Raise FileNotFoundError, EngineBusy and StorageError.
    """
    try:
        label = get_result_label(name, key)
        if not language and _read_marks(name).aigc == label:
            return name
        return _get_copy(name, label, language)
    except (BadImage, BadVideo) as error:
        logger.error("%s cannot be labeled: %s", name, error)
        return name


def _get_copy(name: str, label: AigcLabel | None, language: str | None) -> str:
    text = f"{name} {label and label.to_json()} {language}"
    digest = sha256(text.encode()).hexdigest()[:MAX_ID_LENGTH]
    copy = f"{labeled_folder(name)}/{digest}{PurePath(name).suffix}"
    if not media_path(copy).exists():
        with _slot_if_large(name, language):
            if not media_path(copy).exists():  # of many who come at once, the first one makes it
                _make_copy(name, copy, label, language)
    return copy


def prepare_result_patiently(name: str, key: UUID, language: str | None) -> str:
    """Do what `prepare_result` does, for an answer that has begun: wait for the engine as long as it takes."""
    for _ in range(MAX_RETRIES):
        try:
            return prepare_result(name, key, language)
        except EngineBusy as error:
            time.sleep(min(error.retry_after, 30))
    return prepare_result(name, key, language)


def get_result_label(name: str, key: UUID) -> AigcLabel | None:
    """Return the AIGC label that a stored result leaves with.

    Raise FileNotFoundError, and BadImage or BadVideo for a damaged file.
    """
    return _choose_label(_read_marks(name), key)


def _read_marks(name: str) -> XmpMarks:
    status = media_path(name).stat()
    return _read_marks_once(media_path(name), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=10_000)
def _read_marks_once(path: Path, _mtime: int, _size: int) -> XmpMarks:
    if path.suffix in FORMATS:
        return read_marks(path)
    from inference.video import read_video_marks  # which loads FFmpeg: few processes need it

    return read_video_marks(path)


def _choose_label(marks: XmpMarks, key: UUID) -> AigcLabel | None:
    """The number of a work stays as it was written, also where the site has another secret key since."""
    label = make_label(key)
    if label is None or marks.aigc is None or not marks.aigc.produce_id:
        return label
    return replace(label, produce_id=marks.aigc.produce_id, propagate_id=marks.aigc.produce_id)


@contextmanager
def _slot_if_large(name: str, language: str | None) -> Iterator[None]:
    path = media_path(name)
    if path.suffix in FORMATS:
        height, width = read_image_size(path, NO_LIMITS)
        is_large = bool(language) and height * width > MAX_PIXELS_WITHOUT_SLOT
    else:
        is_large = True
    if not is_large:
        yield
        return
    with get_engine().slot():
        yield


def _make_copy(name: str, copy: str, label: AigcLabel | None, language: str | None) -> None:
    """Write a copy, whole or not at all. Raise what `prepare_result` raises, and BadImage or BadVideo."""
    source, target = media_path(name), media_path(copy)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix in FORMATS:
            write_atomically(target, relabel_image(source.read_bytes(), FORMATS[source.suffix], label, language))
        else:
            from inference.video import label_video

            label_video(source, target, label, language)
        target.chmod(0o640)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StorageError(*error.args) from error
    if not source.exists():  # deleted meanwhile, and so is what was there of its copies
        target.unlink(missing_ok=True)
        raise FileNotFoundError(source)
