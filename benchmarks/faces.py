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

from imaging.decode import decode_image
from imaging.faces import Face, detect_faces, face_detector_name
from imaging.faces.detect import overlap_share
from imaging.folders import find_pictures

Detector = Callable[[np.ndarray], list[Face]]
Truth = dict[str, dict[str, list[list[float]]]]  # boxes by kind and photo
MIN_FACE_SHARE = 0.05  # of the photo's longer side
MAX_CENTER_DISTANCE = 0.5  # of its side that a find's middle may be from that of the face
DOUBTFUL_OVERLAP = 0.3  # of the smaller of two boxes, in common with a head that is cut off or blurred
ROOT = Path(__file__).parents[1]


@dataclass
class Counts:
    """Of one detector."""

    found: int = 0
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # in portraits
    wrong_in_scenery: list[str] = field(default_factory=list)
    scenery: int = 0  # photos of it
    seconds: list[float] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.found / max(1, self.found + len(self.missed))


def is_same_face(face: Face, box: list[float]) -> bool:
    """Whether they are one: the middle within half a side, the size within a factor of two."""
    left, top, width, height = box
    x, y = face.center
    is_near = (
        abs(x - left - width / 2) < MAX_CENTER_DISTANCE * width
        and abs(y - top - height / 2) < MAX_CENTER_DISTANCE * height
    )
    return is_near and 0.5 < face.width / width < 2


def is_large(box: list[float], height: int, width: int) -> bool:
    return max(box[2] * width, box[3] * height) > MIN_FACE_SHARE * max(height, width)


def find_wrong_faces(found: list[Face], boxes: list[list[float]], doubtful: list[list[float]]) -> list[Face]:
    """Those that are no face, as far as one can say."""
    near = [Face(*box) for box in doubtful]
    others = [face for face in found if not any(is_same_face(face, box) for box in boxes)]
    return [face for face in others if not any(overlap_share(face, head) > DOUBTFUL_OVERLAP for head in near)]


def measure(detector: Detector, photos: Path, truth: Truth, every: int = 1) -> Counts:
    """Return counts over every so many photos of both kinds. Raise OSError or BadImage for one that cannot be read."""
    counts = Counts()
    for path in _some(photos / "portrait", every):
        pixels, found = _timed(detector, path, counts)
        boxes = truth["faces"].get(path.name, [])
        for box in (box for box in boxes if is_large(box, *pixels.shape[:2])):
            if any(is_same_face(face, box) for face in found):
                counts.found += 1
            else:
                counts.missed.append(path.name)
        counts.wrong += [path.name] * len(find_wrong_faces(found, boxes, truth["doubtful"].get(path.name, [])))
    for path in _some(photos / "scenery", every):
        found = _timed(detector, path, counts)[1]
        counts.wrong_in_scenery += [path.name] * len(find_wrong_faces(found, [], truth["scenery"].get(path.name, [])))
        counts.scenery += 1
    return counts


def _some(folder: Path, every: int) -> list[Path]:
    return find_pictures(folder, is_recursive=False).pictures[::every]


def _timed(detector: Detector, path: Path, counts: Counts) -> tuple[np.ndarray, list[Face]]:
    pixels = decode_image(path).pixels
    began = time.perf_counter()
    found = detector(pixels)
    counts.seconds.append(time.perf_counter() - began)
    return pixels, found


def detect_with_one_cascade(pixels: np.ndarray) -> list[Face]:
    """The search of OpenCV's tutorial: one cascade, at the photo's own size."""
    path = Path(cv2.data.haarcascades) / "haarcascade_frontalface_default.xml"
    height, width = pixels.shape[:2]
    boxes = cv2.CascadeClassifier(str(path)).detectMultiScale(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), 1.1, 3)
    return [Face(x / width, y / height, w / width, h / height) for x, y, w, h in boxes]


def format_row(name: str, counts: Counts, baseline: float) -> str:
    median, false = float(np.median(counts.seconds)), len(counts.wrong_in_scenery)
    faces = f"{counts.found} of {counts.found + len(counts.missed)} | {counts.recall:.3f} | {len(counts.wrong)}"
    scenery = f"{false} | {50 * false / max(1, counts.scenery):.2f}"
    return f"| {name} | {faces} | {scenery} | {median:.2f} | {median / baseline:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--every", type=int, default=1, help="only every so many photos")
    parser.add_argument("--weights", type=Path, default=ROOT / "weights", help="where YuNet's file may be")
    options = parser.parse_args()
    truth = json.loads(options.truth.read_text("utf-8"))
    detectors: dict[str, Detector] = {"one cascade (baseline)": detect_with_one_cascade, "cascades": detect_faces}
    if face_detector_name(options.weights) == "yunet":
        detectors["yunet"] = lambda pixels: detect_faces(pixels, options.weights)
    print("| detector | faces found | recall | wrong in portraits | in scenery | for 50 of these | s a photo | times |")
    print("|---|---|---|---|---|---|---|---|")
    baseline = 0.0
    for name, detector in detectors.items():
        counts = measure(detector, options.photos, truth, options.every)
        baseline = baseline or float(np.median(counts.seconds))
        print(format_row(name, counts, baseline), flush=True)
        print(f"missed: {counts.missed}; wrong: {counts.wrong}, {counts.wrong_in_scenery}", file=sys.stderr)


if __name__ == "__main__":
    main()
