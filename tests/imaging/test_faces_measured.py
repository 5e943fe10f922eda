"""How many faces of real photos are found, and how often something else is: a little below what was measured."""

import pytest

from benchmarks.faces import is_large, measure
from imaging.decode import decode_image
from imaging.faces import detect_faces
from tests.inference.people import PHOTOS, truth

pytestmark = [pytest.mark.shared]
EVERY = 15  # photos, so that the test takes seconds; benchmarks/faces.py takes all


@pytest.mark.slow
def test_faces_of_portraits_are_found_and_few_others() -> None:
    counts = measure(detect_faces, PHOTOS, truth(), EVERY)
    assert counts.found >= 6
    assert counts.recall >= 0.85, counts.missed
    assert len(counts.wrong) <= 1, counts.wrong
    assert len(counts.wrong_in_scenery) <= 1, counts.wrong_in_scenery


def test_every_photo_has_its_faces_marked() -> None:
    boxes = truth()["faces"]
    assert set(boxes) == {path.name for path in (PHOTOS / "portrait").iterdir()}
    large = [box for name, all_of in boxes.items() for box in all_of if is_large(box, *_size(name))]
    assert len(large) >= 100


def _size(name: str) -> tuple[int, int]:
    height, width = decode_image(PHOTOS / "portrait" / name, min_side=100).pixels.shape[:2]
    return height, width
