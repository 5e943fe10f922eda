"""From one picture to its samples: which squares, whether they are fit for use, and their files' bytes."""

from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256

import cv2
import numpy as np

from datasets.filters import measure_face_sharpness, measure_sharpness, smooth_edges
from datasets.journal import UNREADABLE
from datasets.options import ANIME, DatasetOptions
from datasets.sources import SourcePicture
from datasets.squares import center_square, crop_square, random_squares, square_around_face, top_square
from imaging.decode import Picture
from imaging.encode import encode_image
from imaging.errors import BadImage
from imaging.faces.strict_search import Square, detect_face_squares
from imaging.hashing import perceptual_hash
from imaging.untrusted import decode_untrusted

SAMPLE_JPEG_QUALITY = 95  # the networks learn to draw what compression leaves too
DROP_REASONS = ("bad", "too_small", "similar", "no_face", "tiny_face", "blurred")


@dataclass(frozen=True)
class DatasetSample:
    """A square of the picture as the bytes of a JPEG file; `smooth_jpeg` is it with blurred edges (anime to train)."""

    square: Square
    face: Square | None
    sharpness: float
    jpeg: bytes
    smooth_jpeg: bytes | None


@dataclass
class SampledPicture:
    """What a picture gave: samples, and how often something was dropped for which of DROP_REASONS."""

    sha256: str = ""
    perceptual_hash: int = 0
    samples: list[DatasetSample] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    error: str = ""  # of a bad picture, in a word


def is_validation_picture(digest: str, share: float) -> bool:
    """Return whether a picture with that SHA-256 is held out. Pictures that come later change nothing about it."""
    return int(digest[:8], 16) < share * 2**32


def sample_picture(source: SourcePicture, options: DatasetOptions) -> SampledPicture:
    """Return all that can be said of a picture without the others. Never raises: `error` names what went wrong."""
    sampled = SampledPicture()
    try:
        data = source.read()
        sampled.sha256 = sha256(data).hexdigest()
        pixels = decode_untrusted(data).on_white()
    except (BadImage, OSError) as error:
        sampled.dropped["bad"] += 1
        sampled.error = error.reason if isinstance(error, BadImage) else f"{UNREADABLE}: {error.strerror}"
        return sampled
    sampled.perceptual_hash = perceptual_hash(pixels)
    if min(pixels.shape[:2]) < options.min_picture_side_px:
        sampled.dropped["too_small"] += 1
        return sampled
    has_smooth_copies = source.kind == ANIME and not is_validation_picture(sampled.sha256, options.val)
    for square, face in _choose_squares(sampled, pixels, source.kind, options):
        sharpness = measure_face_sharpness(pixels, face) if face else measure_sharpness(pixels, square)
        if sharpness < options.blur:
            sampled.dropped["blurred"] += 1
            continue
        crop = crop_square(pixels, square, options.size)
        smooth = _encode_jpeg(smooth_edges(crop)) if has_smooth_copies else None
        sampled.samples.append(DatasetSample(square, face, round(sharpness, 1), _encode_jpeg(crop), smooth))
    return sampled


def _choose_squares(
    sampled: SampledPicture, pixels: np.ndarray, kind: str, options: DatasetOptions
) -> list[tuple[Square, Square | None]]:
    """What to crop, each with the face that it is for, if it is for one; faces that are too small are counted."""
    height, width = pixels.shape[:2]
    if not options.faces:
        if not options.random_crops:
            return [(center_square(width, height), None)]
        seed = int(sampled.sha256[:16], 16)
        squares = random_squares(width, height, options.size, options.random_crops, seed)
        return [(square, None) for square in squares]
    if kind == ANIME:  # the cascades know no drawn faces
        return [(top_square(width, height), None)]
    found = detect_face_squares(pixels)
    faces = [face for face in found if face.side >= options.min_face_side_px]
    sampled.dropped.update({"no_face": not found, "tiny_face": len(found) - len(faces)})
    return [(square_around_face(face, width, height), face) for face in faces]


def _encode_jpeg(pixels: np.ndarray) -> bytes:
    return encode_image(Picture(pixels), "JPEG", style=None, quality=SAMPLE_JPEG_QUALITY)


def limit_opencv_threads() -> None:
    """Use one: threads within OpenCV would fight with the processes, and find faces in an order left to chance."""
    cv2.setNumThreads(1)
