"""How many faces are found, how often something else is taken for one, and how long that takes.

    .venv/bin/python benchmarks/faces.py PHOTOS TRUTH [--every 1] [--weights weights/]

PHOTOS is a folder with `portrait/`, whose faces TRUTH (such as tests/inference/faces_truth.json) knows, and `scenery/`
without people. The baseline is a single search with OpenCV's frontal cascade, as in its tutorial. YuNet is in the
table where its file is in the weights folder.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import cv2.data
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from inference import images
from inference.faces import Face, detect, detector_name
from inference.faces.detect import overlap

Detector = Callable[[np.ndarray], list[Face]]
LARGE = 0.05  # of the photo's longer side
TOO_FAR = 0.5  # of its side that a find's middle may be from that of the face
ROOT = Path(__file__).parents[1]


@dataclass
class Counts:
    """Of one detector."""

    found: int = 0
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # in portraits
    wrong_in_scenery: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.found / max(1, self.found + len(self.missed))


def same(face: Face, box: list[float]) -> bool:
    """Whether they are one: the middle within half a side, the size within a factor of two."""
    left, top, width, height = box
    x, y = face.centre
    is_near = abs(x - left - width / 2) < TOO_FAR * width and abs(y - top - height / 2) < TOO_FAR * height
    return is_near and 0.5 < face.width / width < 2


def is_large(box: list[float], height: int, width: int) -> bool:
    return max(box[2] * width, box[3] * height) > LARGE * max(height, width)


def count_portrait(counts: Counts, name: str, found: list[Face], boxes: list[list[float]], cut_off: list[Face]) -> None:
    for box in boxes:
        if any(same(face, box) for face in found):
            counts.found += 1
        else:
            counts.missed.append(name)
    is_right = [any(same(face, box) for box in boxes) or any(overlap(face, off) > 0.3 for off in cut_off) for face in found]
    counts.wrong += [name] * is_right.count(False)


def measure(detector: Detector, photos: Path, truth: dict[str, dict[str, list[list[float]]]], every: int = 1) -> Counts:
    """Counts over every so many photos of both kinds. Raises OSError and BadImage."""
    counts = Counts()
    for kind in ("portrait", "scenery"):
        for path in sorted((photos / kind).iterdir())[::every]:
            pixels = images.decode(path).pixels
            began = time.perf_counter()
            found = detector(pixels)
            counts.seconds.append(time.perf_counter() - began)
            if kind == "scenery":
                counts.wrong_in_scenery += [path.name] * len(found)
                continue
            boxes = [box for box in truth["faces"].get(path.name, []) if is_large(box, *pixels.shape[:2])]
            cut_off = [Face(*box) for box in truth["doubtful"].get(path.name, [])]
            count_portrait(counts, path.name, found, boxes, cut_off)
    return counts


def plain_cascade(pixels: np.ndarray) -> list[Face]:
    """The search of OpenCV's tutorial: one cascade, at the photo's own size."""
    path = Path(cv2.data.haarcascades) / "haarcascade_frontalface_default.xml"
    height, width = pixels.shape[:2]
    boxes = cv2.CascadeClassifier(str(path)).detectMultiScale(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), 1.1, 3)
    return [Face(x / width, y / height, w / width, h / height) for x, y, w, h in boxes]


def row(name: str, counts: Counts, scenery: int, baseline: float) -> str:
    median = float(np.median(counts.seconds))
    wrong = len(counts.wrong_in_scenery)
    return (
        f"| {name} | {counts.found} of {counts.found + len(counts.missed)} | {counts.recall:.3f} | {len(counts.wrong)} | "
        f"{wrong} | {50 * wrong / max(1, scenery):.2f} | {median:.2f} | {median / baseline:.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--every", type=int, default=1, help="only every so many photos")
    parser.add_argument("--weights", type=Path, default=ROOT / "weights", help="where YuNet's file may be")
    options = parser.parse_args()
    truth = json.loads(options.truth.read_text())
    detectors: dict[str, Detector] = {"one cascade (baseline)": plain_cascade, "cascades": detect}
    if detector_name(options.weights) == "yunet":
        detectors["yunet"] = lambda pixels: detect(pixels, options.weights)
    scenery = len(list((options.photos / "scenery").iterdir())[:: options.every])
    print("| detector | faces found | recall | wrong in portraits | in scenery | for 50 of these | s a photo | times |")
    print("|---|---|---|---|---|---|---|---|")
    baseline = 0.0
    for name, detector in detectors.items():
        counts = measure(detector, options.photos, truth, options.every)
        baseline = baseline or float(np.median(counts.seconds))
        print(row(name, counts, scenery, baseline), flush=True)
        print(f"missed: {counts.missed}; wrong: {counts.wrong}, {counts.wrong_in_scenery}", file=sys.stderr)


if __name__ == "__main__":
    main()
