"""A picture for every slot: none is like another, to the eye or to a perceptual hash, and each is always the same."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.crawler.fake_vcg.slots import PictureSlot
from tests.crawler.fake_vcg.source_images import Pixels, count_source_images, load_source_image

_SIZES = ((300, 400), (320, 400), (300, 420), (330, 440))
_LAMPS = 8  # across; with fewer, the hashes of one photo's variants would be alike
_SALT = 8  # with which the nearest two of the usual 1,200 are farthest apart


def picture_size(slot: PictureSlot) -> tuple[int, int]:
    """Width and height of the picture."""
    return _SIZES[sum(slot.seed) % len(_SIZES)]


@lru_cache(4096)
def make_picture(slot: PictureSlot) -> bytes:
    """The picture as JPEG: one of the phrase's photos, turned, moved, perhaps mirrored, and lit in another way."""
    rng = np.random.default_rng([_SALT, *slot.seed])
    number = slot.number + 31 * slot.page + count_source_images(slot.phrase) // 2 * slot.gender
    return _encode(_lit(_framed(load_source_image(slot.phrase, number), picture_size(slot), rng), rng), 92)


def make_near_copy(jpeg: bytes) -> bytes:
    """What another hand may have saved: an eighth smaller, and encoded again."""
    return _encode(cv2.resize(_decode(jpeg), None, fx=0.875, fy=0.875, interpolation=cv2.INTER_AREA), 70)


def make_small_copy(jpeg: bytes) -> bytes:
    return _encode(cv2.resize(_decode(jpeg), (120, 90), interpolation=cv2.INTER_AREA), 88)


def convert_to_png(jpeg: bytes) -> bytes:
    return cv2.imencode(".png", _decode(jpeg))[1].tobytes()


def _framed(picture: Pixels, frame: tuple[int, int], rng: np.random.Generator) -> Pixels:
    height, width = picture.shape[:2]
    zoom = max(frame[0] / width, frame[1] / height) * rng.uniform(0.75, 1.25)
    center = (width * rng.uniform(0.42, 0.58), height * rng.uniform(0.4, 0.55))
    to_frame = cv2.getRotationMatrix2D(center, rng.uniform(-12, 12), zoom)
    to_frame[:, 2] += np.array(frame) / 2 - center
    if rng.random() < 0.5:
        to_frame = np.array([[-1, 0, frame[0]], [0, 1, 0]], float) @ np.vstack([to_frame, [0, 0, 1]])
    return cv2.warpAffine(picture, to_frame, frame, borderMode=cv2.BORDER_REFLECT_101).astype(np.uint8, copy=False)


def _lit(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """Under lamps of one color, softer in the middle, where the face is; black and white are lit a little too."""
    away = np.abs(np.linspace(-1, 1, _LAMPS))
    strength = 0.3 + 0.35 * np.maximum(away[:, None], away[None, 1:])
    lamps = 1 - strength[..., None] * rng.uniform(0, 1.3, (_LAMPS, _LAMPS - 1, 1))
    light = _spread(lamps * rng.uniform(0.85, 1, 3), picture)
    return cv2.multiply(cv2.addWeighted(picture, 0.9, picture, 0, 25), light, dtype=cv2.CV_8U).astype(np.uint8)


def _spread(lamps: NDArray[np.float64], over: Pixels) -> NDArray[np.float32]:
    height, width = over.shape[:2]
    return cv2.resize(lamps.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)


def _decode(jpeg: bytes) -> Pixels:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture.astype(np.uint8, copy=False)


def _encode(picture: NDArray[np.generic], quality: int) -> bytes:
    return cv2.imencode(".jpg", np.asarray(picture, np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
