"""Clips that move over real photos: for the speed of videos and for how much their results flicker."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame

WIDTH, HEIGHT = 640, 360  # pixels
NOISE = 2.0  # levels, of a sensor in daylight
FLICKER = 0.06  # of the exposure, at most, up or down
OBJECT = (200, 160)  # height and width in pixels of what moves before the rest
KINDS = ("pan", "zoom", "object", "flicker", "cut")


def photos(folder: Path | None) -> list[np.ndarray]:
    """uint8 [H,W,3], each large enough to move over: of a folder, or those that scikit-image carries."""
    from imaging.samples import SAMPLE_FILES, sample_file

    files = sorted(folder.glob("*.jpg"))[:4] if folder else [sample_file(name) for name in SAMPLE_FILES]
    return [_large_enough(cv2.cvtColor(cv2.imread(str(file)), cv2.COLOR_BGR2RGB)) for file in files]


def _large_enough(photo: np.ndarray) -> np.ndarray:
    scale = max(1.25 * WIDTH / photo.shape[1], 1.25 * HEIGHT / photo.shape[0])
    return cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)


def make_clip(kind: str, photo: np.ndarray, other: np.ndarray, count: int) -> Iterator[np.ndarray]:
    """`count` frames, uint8 [HEIGHT,WIDTH,3]: a hand-held camera pans or zooms, with the noise of a sensor.

    `object`: a part of the other photo moves before this one; `flicker`: the exposure changes from frame to frame;
    `cut`: the second half shows the other photo.
    """
    rng = np.random.default_rng(7)
    for number in range(count):
        share = number / max(1, count - 1)
        scene = other if kind == "cut" and number >= count // 2 else photo
        frame = _view(scene, number, share, kind)
        if kind == "object":
            frame = _with_object(frame, other, number, share)
        gain = 1 + FLICKER * rng.uniform(-1, 1) if kind == "flicker" else 1.0
        grain = cv2.GaussianBlur(rng.normal(0, NOISE, frame.shape).astype(np.float32), (0, 0), 0.6) * 1.6
        yield np.clip(frame * gain + grain + 0.5, 0, 255).astype(np.uint8)


def _view(photo: np.ndarray, number: int, share: float, kind: str) -> np.ndarray:
    height, width = photo.shape[:2]
    travel = (0 if kind in ("zoom", "object") else 100) * (share - 0.5)
    center = width / 2 + travel + 0.6 * np.sin(0.9 * number), height / 2 + travel / 5 + 0.5 * np.cos(0.7 * number)
    scale = 1.0 + 0.3 * share if kind == "zoom" else 1.0
    matrix = np.float32(
        [[scale, 0, WIDTH / 2 - scale * center[0]], [0, scale, HEIGHT / 2 - scale * center[1]]],
    )
    moved = cv2.warpAffine(photo, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return moved.astype(np.float32)


def _with_object(frame: np.ndarray, other: np.ndarray, number: int, share: float) -> np.ndarray:
    height, width = OBJECT
    shape = cv2.ellipse(np.zeros(OBJECT, np.float32), (width // 2, height // 2), (75, 95), 0, 0, 360, 1.0, -1)
    matrix = np.float32([[1, 0, 60 + 360 * share], [0, 1, 90 + 20 * np.sin(0.2 * number)]])
    small = cv2.resize(other, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    cover = cv2.warpAffine(shape, matrix, (WIDTH, HEIGHT))[..., None]
    return frame * (1 - cover) + cv2.warpAffine(small, matrix, (WIDTH, HEIGHT)) * cover


def write(path: Path, frames: Iterator[np.ndarray], rate: int = 25) -> None:
    """As H.264 in MP4."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=rate, options={"preset": "veryfast", "crf": "20"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number, pixels in enumerate(frames):
            frame = VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
