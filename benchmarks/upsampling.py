"""How sharp and how true a small result is once it has the photo's size, and whether old edges show through it.

    .venv/bin/python benchmarks/upsampling.py SHARED [--faces 20]

SHARED has `reference/teachers`, `reference/faces` and `data/`. Two things are measured, of cubic interpolation alone
and of `imaging.resize.guided_upsample`:

- Ghosts: tiny Cute moves eyelids and irises. A face is enlarged to 1664 pixels, with crisp edges and noise as a photo
  of that size has them, converted at 416, and enlarged again. Of the photo's detail that the small photo lacks: which
  share is in the result where the network moved an edge (should be none), and where it kept one. Around the eyes, and
  elsewhere.
- Truth: a result at the photo's own size is made smaller and enlarged again. How far is that from what it was
  (mean squared error, in 1/10,000 of the range), and which share of its gradient energy has it?
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from imaging.decode import decode_image
from imaging.faces.yunet import find_faces_with_yunet
from imaging.folders import find_pictures
from imaging.resize import downscale, guided_upsample

Convert = Callable[[np.ndarray], np.ndarray]
Upsample = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
LARGE_PX, SMALL_PX = 1664, 416
NOISE_LEVELS = 4.0
EYE_REACH = 0.45  # radius around an eye's middle, of the distance of both
MIN_EDGE = 6 / 255  # a pixel, after a blur of EDGE_SIGMA
EDGE_SIGMA = 0.8
MAX_MOVED_SHARE, MIN_KEPT_SHARE = 0.25, 0.7  # of an edge of the photo that is in the result
TRUTH_FACTOR = 3
MULTIPLE = 16  # of the sides that the graphs take


class Ghosts(NamedTuple):
    """Share of the photo's detail that is in the enlarged result, where edges were moved and where they were kept."""

    moved_at_eyes: float
    kept_at_eyes: float
    moved_elsewhere: float
    kept_elsewhere: float


def load_graph(path: Path) -> Convert:
    """Return what converts uint8 [H,W,3], sides multiples of 16, by a published graph (NHWC RGB in [-1,1])."""
    import openvino

    model = openvino.Core().compile_model(str(path), "CPU")

    def convert(pixels: np.ndarray) -> np.ndarray:
        output = model({0: pixels[None].astype(np.float32) / 127.5 - 1})[0][0]
        return np.clip(np.rint((output + 1) * 127.5), 0, 255).astype(np.uint8)

    return convert


def upsample_cubic(photo: np.ndarray, small_photo: np.ndarray, small_result: np.ndarray) -> np.ndarray:
    """The result alone, without a look at the photo."""
    return cv2.resize(small_result, photo.shape[1::-1], interpolation=cv2.INTER_CUBIC)


def enlarge_face(pixels: np.ndarray, seed: int) -> np.ndarray:
    """Return a face as a photo of LARGE_PX pixels a side: crisp by a shock filter (Osher, Rudin 1990), and noisy."""
    large = cv2.resize(pixels, (LARGE_PX, LARGE_PX), interpolation=cv2.INTER_CUBIC)
    kernel = np.ones((3, 3), np.uint8)
    for _ in range(3):
        soft = cv2.GaussianBlur(cv2.cvtColor(large, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 3)
        is_lighter_side = cv2.Laplacian(soft, cv2.CV_32F, ksize=5)[..., None] < 0
        large = np.where(is_lighter_side, cv2.dilate(large, kernel), cv2.erode(large, kernel))
    noise = np.random.default_rng(seed).normal(0, NOISE_LEVELS, (LARGE_PX, LARGE_PX, 1))
    return np.clip(large + noise, 0, 255).astype(np.uint8)


def find_moved_edges(photo: np.ndarray, result: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where an edge of the photo is not in the result, and where it is, bool [h,w], of uint8 [h,w,3]."""
    gradients = []
    for picture in (photo, result):
        gray = cv2.GaussianBlur(picture.astype(np.float32).mean(axis=2) / 255, (0, 0), EDGE_SIGMA)
        gradients.append(np.stack([cv2.Sobel(gray, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(gray, cv2.CV_32F, 0, 1) / 8]))
    energy, common = (gradients[0] ** 2).sum(axis=0), (gradients[0] * gradients[1]).sum(axis=0)
    is_edge = energy > MIN_EDGE**2
    return is_edge & (common < MAX_MOVED_SHARE * energy), is_edge & (common > MIN_KEPT_SHARE * energy)


def measure_ghosts(upsample: Upsample, photo: np.ndarray, small: np.ndarray, result: np.ndarray, eyes) -> Ghosts:
    """Return the shares for a photo [H,W,3], its small copy and result [h,w,3]; `eyes` are two places, in fractions."""
    height, width = photo.shape[:2]
    detail = photo.astype(np.float32) - _enlarged(small, photo)
    added = upsample(photo, small, result) - _enlarged(result, photo)
    scale = np.array([width, height])
    left, right = (np.array(eye) * scale for eye in eyes)
    places = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1)
    reach = EYE_REACH * np.linalg.norm(right - left)
    is_eye = np.minimum(*(np.linalg.norm(places - eye, axis=2) for eye in (left, right))) < reach
    moved, kept = (
        cv2.resize(mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
        for mask in find_moved_edges(small, result)
    )
    masks = (moved & is_eye, kept & is_eye, moved & ~is_eye, kept & ~is_eye)
    return Ghosts(*(float((added[m] * detail[m]).sum() / max(1.0, (detail[m] ** 2).sum())) for m in masks))


def _enlarged(small: np.ndarray, photo: np.ndarray) -> np.ndarray:
    return cv2.resize(small.astype(np.float32), photo.shape[1::-1], interpolation=cv2.INTER_CUBIC)


def large_faces(shared: Path, count: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, tuple]]:
    """Return (photo, small photo, small result, eyes) of so many faces of nobody, evenly out of all."""
    convert = load_graph(shared / "reference/teachers/animeganv3_tiny_cute.onnx")
    paths = find_pictures(shared / "data/faces", is_recursive=False).pictures
    found = []
    for seed, path in enumerate(paths[:: len(paths) // count][:count]):
        photo = enlarge_face(decode_image(path).pixels, seed)
        small = downscale(photo, SMALL_PX, SMALL_PX)
        (face, *_) = find_faces_with_yunet(small, shared / "reference/faces/yunet_n_640_640.onnx")
        found.append((photo, small, convert(small), face.landmarks[:2]))
    return found


def measure_truth(upsample: Upsample, photo: np.ndarray, result: np.ndarray) -> tuple[float, float]:
    """Return the error and the share of the gradient energy of a result [H,W,3], made smaller and enlarged again."""
    height, width = (side // TRUTH_FACTOR for side in photo.shape[:2])
    enlarged = upsample(photo, downscale(photo, height, width), downscale(result, height, width))
    error = (enlarged.astype(np.float64) - result) / 255
    return float(1e4 * (error**2).mean()), _gradient_energy(enlarged) / _gradient_energy(result)


def _gradient_energy(pixels: np.ndarray) -> float:
    return float(sum((cv2.Sobel(pixels, cv2.CV_32F, *axis) ** 2).sum() for axis in ((1, 0), (0, 1))))


def full_size_results(shared: Path, kind: str, graph: str, every: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return (photo, result) of some photos of `data/KIND`, cut to a whole multiple of what is computed with them."""
    convert = load_graph(shared / "reference/teachers" / graph)
    pairs, step = [], MULTIPLE * TRUTH_FACTOR
    for path in find_pictures(shared / "data" / kind, is_recursive=False).pictures[::every]:
        pixels = decode_image(path).pixels
        height, width = (side // step * step for side in pixels.shape[:2])
        photo = np.ascontiguousarray(pixels[:height, :width])
        pairs.append((photo, convert(photo)))
    return pairs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--faces", type=int, default=20)
    options = parser.parse_args()
    methods: dict[str, Upsample] = {"cubic alone": upsample_cubic, "guided_upsample": guided_upsample}
    faces = large_faces(options.shared, options.faces)
    print("| | moved edges at eyes | most of one face | kept edges at eyes | moved elsewhere | kept elsewhere |")
    print("|---|---|---|---|---|---|")
    for name, upsample in methods.items():
        ghosts = np.array([measure_ghosts(upsample, *face) for face in faces])
        mean = ghosts.mean(axis=0)
        columns = (mean[0], ghosts[:, 0].max(), *mean[1:])
        print(f"| {name} | {' | '.join(f'{value:.3f}' for value in columns)} |", flush=True)
    print("\n| | pictures | error | gradient energy |\n|---|---|---|---|")
    for kind, graph, every in (
        ("faces", "animeganv3_tiny_cute.onnx", 100),
        ("photos/portrait", "animeganv3_hayao_36.onnx", 10),
        ("photos/scenery", "animeganv3_hayao_36.onnx", 20),
    ):
        pairs = full_size_results(options.shared, kind, graph, every)
        for name, upsample in methods.items():
            error, energy = np.mean([measure_truth(upsample, *pair) for pair in pairs], axis=0)
            print(f"| {name} | {kind}, {graph} | {error:.2f} | {energy:.3f} |", flush=True)


if __name__ == "__main__":
    main()
