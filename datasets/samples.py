"""From one picture to its samples: which squares, whether they are fit for use, and their files' bytes."""

from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256

import cv2
import numpy as np

from datasets.faces import find_faces
from datasets.filters import measure_face_sharpness, measure_sharpness, smooth_edges
from datasets.options import ANIME, DatasetOptions
from datasets.sources import SourcePicture
from datasets.squares import Square, center_square, crop_square, frame_face, random_squares, top_square
from imaging.decode import Picture, decode_image
from imaging.encode import encode_image
from imaging.errors import BadImage
from imaging.hashing import perceptual_hash

SAMPLE_JPEG_QUALITY = 95  # of the samples' JPEG: the networks learn to draw what compression leaves too
DROP_REASONS = ("bad", "too_small", "similar", "no_face", "tiny_face", "blurred")


@dataclass(frozen=True)
class Sample:
    """A square of the picture as a JPEG file's bytes; of anime for training, `smooth` is it with blurred edges."""

    square: Square
    face: Square | None
    sharpness: float
    jpeg: bytes
    smooth: bytes | None


@dataclass
class SampledPicture:
    """What a picture gave: samples, and how often something was dropped for which of REASONS."""

    sha256: str = ""
    hash: int = 0
    samples: list[Sample] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    trouble: str = ""  # of a bad picture, in a word


def is_validation_picture(digest: str, share: float) -> bool:
    """Whether a picture with that SHA-256 is held out. Pictures that come later change nothing about it."""
    return int(digest[:8], 16) < share * 2**32


def sample_picture(source: SourcePicture, options: DatasetOptions) -> SampledPicture:
    """All that can be said of a picture without the others. A picture that can't be read is told of, not raised."""
    findings = SampledPicture()
    try:
        data = source.read()
        findings.sha256 = sha256(data).hexdigest()
        pixels = _on_white(decode_image(data))
    except (BadImage, OSError) as error:
        findings.dropped["bad"] += 1
        findings.trouble = error.reason if isinstance(error, BadImage) else f"unreadable: {error.strerror}"
        return findings
    findings.hash = perceptual_hash(pixels)
    if min(pixels.shape[:2]) < options.least_side:
        findings.dropped["too_small"] += 1
    else:
        _add_samples(findings, pixels, source.kind, options)
    return findings


def _on_white(picture: Picture) -> np.ndarray:
    """uint8 [H,W,3]; what colour transparent pixels have is chance."""
    if picture.alpha is None:
        return picture.pixels
    alpha = picture.alpha[..., None].astype(np.uint16)
    return ((picture.pixels * alpha + 255 * (255 - alpha)) // 255).astype(np.uint8)


def _add_samples(findings: SampledPicture, pixels: np.ndarray, kind: str, options: DatasetOptions) -> None:
    smooth = kind == ANIME and not is_validation_picture(findings.sha256, options.val)
    for square, face in _squares(findings, pixels, kind, options):
        sharp = measure_face_sharpness(pixels, face) if face else measure_sharpness(pixels, square)
        if sharp < options.blur:
            findings.dropped["blurred"] += 1
            continue
        sample = crop_square(pixels, square, options.size)
        smoothed = _jpeg(smooth_edges(sample)) if smooth else None
        findings.samples.append(Sample(square, face, round(sharp, 1), _jpeg(sample), smoothed))


def _squares(
    findings: SampledPicture, pixels: np.ndarray, kind: str, options: DatasetOptions
) -> list[tuple[Square, Square | None]]:
    """What to cut out, each with the face that it is for, if it is for one."""
    height, width = pixels.shape[:2]
    if not options.faces:
        if not options.random_crops:
            return [(center_square(width, height), None)]
        seed = int(findings.sha256[:16], 16)
        squares = random_squares(width, height, options.size, options.random_crops, seed)
        return [(square, None) for square in squares]
    if kind == ANIME:  # the cascades know no drawn faces
        return [(top_square(width, height), None)]
    found = find_faces(pixels)
    faces = [face for face in found if face.side >= options.least_face]
    findings.dropped.update({"no_face": not found, "tiny_face": len(found) - len(faces)})
    return [(frame_face(face, width, height), face) for face in faces]


def _jpeg(pixels: np.ndarray) -> bytes:
    return encode_image(Picture(pixels), "JPEG", style=None, quality=SAMPLE_JPEG_QUALITY)


def limit_opencv_threads() -> None:
    """Threads within OpenCV would fight with the processes, and find faces in an order that is left to chance."""
    cv2.setNumThreads(1)
