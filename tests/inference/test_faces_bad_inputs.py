"""Photos whose faces are hard: none, a crowd, cut off, upside down, tiny, drawn. Each comes out whole."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from imaging.faces import Face, detect_faces
from inference.engine import Engine
from inference.faces import MANY_FACES, MAX_FACES, NO_FACE, stylize_faces
from inference.styles import Style
from tests.inference.material import apart, photo
from tests.inference.people import CROWD_PX, astronaut, crowd, crowd_faces, with_face
from tests.inference.site import pixels, put, stylize
from tests.needs import SHARED


def _drawn() -> np.ndarray:
    """A face as a child draws it: flat colors, round eyes, a line for the mouth."""
    picture = np.full((320, 320, 3), (250, 240, 220), np.uint8)
    cv2.ellipse(picture, (160, 165), (90, 110), 0, 0, 360, (255, 214, 180), -1)
    for x in (125, 195):
        cv2.circle(picture, (x, 150), 24, (255, 255, 255), -1)
        cv2.circle(picture, (x, 152), 13, (40, 60, 120), -1)
    cv2.ellipse(picture, (160, 215), (35, 18), 0, 10, 170, (150, 40, 40), 4)
    return picture


PHOTOS = {
    "no face": lambda: photo(300, 400),
    "at the border": lambda: np.ascontiguousarray(astronaut()[70:330, 195:500]),
    "on its side": lambda: np.ascontiguousarray(np.rot90(astronaut())),
    "on its head": lambda: np.ascontiguousarray(np.rot90(astronaut(), 2)),
    "of 20 pixels": lambda: with_face(300, 400, (200, 150, 20, 0)),
    "drawn": _drawn,
    "narrow": lambda: np.ascontiguousarray(astronaut()[:, 222:229]),
}


WEIGHTS = {"cascades": None, "yunet": SHARED / "reference" / "faces"}


@cache
def _found(kind: str, detector: str) -> list[Face]:
    return detect_faces(PHOTOS[kind](), WEIGHTS[detector])


@pytest.mark.parametrize("detector", ["cascades", pytest.param("yunet", marks=pytest.mark.shared)])
@pytest.mark.parametrize("mode", ["focus", "portrait"])
@pytest.mark.parametrize("kind", PHOTOS)
def test_every_photo_comes_out_whole_or_as_its_face(
    engine: Engine, ink: Style, kind: str, mode: str, detector: str
) -> None:
    source = PHOTOS[kind]()
    before = source.copy()
    found = _found(kind, detector)
    result = stylize_faces(engine, source, ink, mode=mode, faces=found)
    assert np.array_equal(source, before)
    if not found:
        assert result.note == NO_FACE
        assert np.array_equal(result.pixels, engine.stylize(source, ink))
    else:
        expected = source.shape if mode == "focus" else (512, 512, 3)
        assert (result.pixels.shape, result.note) == (expected, "")


def test_of_thirty_faces_the_first_24_are_in_focus_and_that_is_told(engine: Engine, ink: Style) -> None:
    faces = crowd_faces()
    result = stylize_faces(engine, crowd(), ink, mode="focus", faces=faces)
    assert (result.faces, result.note) == (faces[:MAX_FACES], MANY_FACES)
    assert np.array_equal(result.pixels[-100:], engine.stylize(crowd(), ink)[-100:])
    exactly = stylize_faces(engine, crowd(), ink, mode="focus", faces=faces[:MAX_FACES])
    assert exactly.note == ""
    assert np.array_equal(exactly.pixels, result.pixels)


@pytest.mark.shared
@pytest.mark.parametrize("mode", ["focus", "portrait"])
def test_a_head_upside_down_is_seen_upright_by_the_style_and_put_back_as_it_was(
    engine: Engine, ink: Style, mode: str
) -> None:
    upright = with_face(400, 400, (200, 195, 90, 0))
    turned = np.ascontiguousarray(np.rot90(upright, 2))
    results = [
        stylize_faces(engine, source, ink, mode=mode, faces=detect_faces(source, WEIGHTS["yunet"]))
        for source in (upright, turned)
    ]
    if mode == "portrait":
        assert apart(*(result.pixels for result in results)).mean() < 6
        assert apart(results[0].pixels, np.rot90(results[1].pixels, 2)).mean() > 12
    else:
        face = np.s_[150:240, 155:245]
        back = np.rot90(results[1].pixels, 2)
        assert (
            apart(results[0].pixels[face], back[face]).mean() < apart(results[0].pixels[face], upright[face]).mean() / 2
        )
        assert results[1].faces[0].angle == pytest.approx(180, abs=10) or results[1].faces[0].angle < -170


@pytest.mark.shared
@pytest.mark.no_database
def test_the_command_tells_of_a_crowd_and_converts_it(weights: Path, tmp_path: Path) -> None:
    (weights / "yunet_n_640_640.onnx").symlink_to(SHARED / "reference" / "faces" / "yunet_n_640_640.onnx")
    source, target = put(tmp_path / "crowd.png", crowd()), tmp_path / "out.png"
    answer = stylize(source, "-o", target, "--faces", "focus")
    assert answer.out.startswith("1 converted, 0 skipped, 0 failed")
    assert "crowd.png: more than 24 faces were found; the first 24" in answer.err
    assert pixels(target).shape == (CROWD_PX, CROWD_PX, 3)
