"""Photos converted with an eye for faces: which parts change, and that nothing is lost where there is no face."""

from dataclasses import replace

import numpy as np
import pytest

from imaging.decode import Picture
from imaging.encode import encode_image
from imaging.faces import Face, crop_frame, detect_faces
from imaging.faces.align import FaceFrame
from inference.engine import Engine
from inference.faces import (
    MAX_FACES,
    NO_FACE,
    PORTRAIT_MARGIN,
    PORTRAIT_SIZES,
    choose_square_size,
    focus_size,
    is_focus_useful,
    stylize_faces,
)
from inference.sizes import estimate_cost
from inference.styles import Style
from tests.inference.material import apart, photo, style_of, write_weights
from tests.inference.people import astronaut, with_face

SMALL = Face(0.45, 0.4, 0.1, 0.15)
HEIGHT, WIDTH = 400, 600


def _photo() -> np.ndarray:
    return with_face(HEIGHT, WIDTH, (300, 190, 60, 0))


def test_off_is_the_whole_picture(engine: Engine, ink: Style) -> None:
    result = stylize_faces(engine, _photo(), ink, mode="off", faces=[SMALL])
    assert np.array_equal(result.pixels, engine.stylize(_photo(), ink))
    assert (result.faces, result.note, result.frame) == ([], "", None)


@pytest.mark.parametrize("mode", ["focus", "portrait"])
def test_without_a_face_it_is_the_whole_picture_with_a_note(engine: Engine, ink: Style, mode: str) -> None:
    result = stylize_faces(engine, photo(200, 300), ink, mode=mode, faces=[])
    assert np.array_equal(result.pixels, engine.stylize(photo(200, 300), ink))
    assert result.note == NO_FACE


def test_an_unknown_mode_is_refused(engine: Engine, ink: Style) -> None:
    with pytest.raises(KeyError):
        stylize_faces(engine, photo(40, 60), ink, mode="blur", faces=[])


def test_in_focus_only_the_surroundings_of_the_face_change(engine: Engine, ink: Style) -> None:
    result = stylize_faces(engine, _photo(), ink, mode="focus", faces=[SMALL])
    off = engine.stylize(_photo(), ink)
    changed = (result.pixels != off).any(axis=2)
    assert changed[150:250, 260:340].mean() > 0.5
    assert not changed[:100].any()
    assert not changed[:, :200].any()
    assert result.faces == [SMALL]


def test_in_focus_a_face_has_more_detail_than_in_the_whole_picture(engine: Engine, ink: Style) -> None:
    (face,) = detect_faces(_photo())
    focus = stylize_faces(engine, _photo(), ink, mode="focus", faces=[face]).pixels
    alone = engine.stylize(crop_frame(_photo(), FaceFrame(300, 186, 120), focus_size(ink, "balanced")), ink)
    target = crop_frame(alone, FaceFrame(64, 64, 128), 120)[30:90, 30:90].astype(float)
    focused, before = (picture[156:216, 270:330].astype(float) for picture in (focus, engine.stylize(_photo(), ink)))
    closeness = [
        np.corrcoef(np.diff(target, axis=1).ravel(), np.diff(x, axis=1).ravel())[0, 1] for x in (focused, before)
    ]
    assert closeness[0] > closeness[1]


def test_each_face_that_is_given_is_in_focus_and_no_other(engine: Engine, ink: Style) -> None:
    places = [(120, 200, 60, 0), (320, 200, 60, 0), (500, 200, 60, 0)]
    pixels = with_face(HEIGHT, 620, *places)
    faces = sorted(detect_faces(pixels), key=lambda face: face.left)
    assert len(faces) == 3
    result = stylize_faces(engine, pixels, ink, mode="focus", faces=[faces[0], faces[2]])
    changed = (result.pixels != engine.stylize(pixels, ink)).any(axis=2)
    assert [bool(changed[170:230, x - 30 : x + 30].any()) for x, *_ in places] == [True, False, True]


def test_faces_at_the_border_and_beyond_it_are_converted(engine: Engine, ink: Style) -> None:
    faces = [Face(-0.05, 0.4, 0.1, 0.15), Face(0.95, 0.92, 0.1, 0.15, angle=30), Face(0.4, -0.05, 0.1, 0.15)]
    result = stylize_faces(engine, photo(HEIGHT, WIDTH), ink, mode="focus", faces=faces)
    assert result.pixels.shape == (HEIGHT, WIDTH, 3)
    assert result.faces == faces


def test_a_crowd_is_converted_up_to_a_limit(engine: Engine, ink: Style) -> None:
    crowd = [Face(0.01 + n / 60, 0.5, 0.01, 0.015) for n in range(MAX_FACES + 6)]
    result = stylize_faces(engine, photo(HEIGHT, WIDTH), ink, mode="focus", faces=crowd)
    assert result.faces == crowd[:MAX_FACES]


def test_a_face_that_fills_the_photo_is_not_converted_twice(ink: Style) -> None:
    large, tilted = Face(0.2, 0.1, 0.6, 0.8), Face(0.2, 0.1, 0.6, 0.8, angle=40)
    assert not is_focus_useful(large, HEIGHT, WIDTH, ink, "balanced")
    assert is_focus_useful(tilted, HEIGHT, WIDTH, ink, "balanced")
    assert is_focus_useful(SMALL, HEIGHT, WIDTH, ink, "balanced")


@pytest.mark.slow
def test_the_scenery_may_have_another_style(engine: Engine, ink: Style, tmp_path) -> None:
    wash = style_of(write_weights(tmp_path / "wash.safetensors", seed=5))
    result = stylize_faces(engine, _photo(), ink, mode="focus", faces=[SMALL], scenery=wash)
    assert np.array_equal(result.pixels[:100], engine.stylize(_photo(), wash)[:100])
    assert not np.array_equal(result.pixels[170:210], engine.stylize(_photo(), wash)[170:210])


@pytest.mark.parametrize("size", PORTRAIT_SIZES)
def test_a_portrait_is_a_square_of_the_size(engine: Engine, ink: Style, size: int) -> None:
    result = stylize_faces(engine, _photo(), ink, mode="portrait", faces=[SMALL], portrait_size=size)
    assert result.pixels.shape == (size, size, 3)
    assert encode_image(Picture(result.pixels), "PNG", style=ink.id)


def test_a_portrait_has_the_first_face_upright_in_its_middle(engine: Engine, ink: Style) -> None:
    pixels = with_face(HEIGHT, WIDTH, (150, 200, 70, 35), (450, 200, 100, 0))
    faces = sorted(detect_faces(pixels), key=lambda face: face.left)
    frame = stylize_faces(engine, pixels, ink, mode="portrait", faces=faces).frame
    assert frame is not None
    (face,) = detect_faces(crop_frame(pixels, frame, 256))
    assert face.angle == pytest.approx(0, abs=5)
    assert face.center == pytest.approx((0.5, 0.55), abs=0.06)
    assert face.width == pytest.approx(1 / PORTRAIT_MARGIN, abs=0.07)


def test_a_portrait_does_not_reach_out_of_the_photo_where_it_need_not(engine: Engine, ink: Style) -> None:
    result = stylize_faces(engine, astronaut(), ink, mode="portrait", faces=detect_faces(astronaut()))
    assert result.frame is not None
    assert min(result.frame.y, result.frame.x) >= result.frame.side / 2


def test_no_more_is_cut_than_the_photo_has_and_the_style_wants() -> None:
    assert choose_square_size(FaceFrame(0, 0, 900.2), 512) == 901
    assert choose_square_size(FaceFrame(0, 0, 9000), 512) == 4096
    assert choose_square_size(FaceFrame(0, 0, 200), 512) == 512
    assert choose_square_size(FaceFrame(0, 0, 20), 512) == 256


def test_the_queue_is_told_of_the_whole_work_and_one_slot_is_held(
    engine: Engine, ink: Style, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs: list[float] = []
    slot = engine.slot

    def noted(cost: float = 1.0):
        costs.append(cost)
        return slot(cost)

    monkeypatch.setattr(engine, "slot", noted)
    stylize_faces(engine, _photo(), ink, mode="focus", faces=[SMALL, replace(SMALL, left=0.1)])
    assert costs[0] == pytest.approx(
        estimate_cost(HEIGHT, WIDTH, ink, "balanced") + 2 * estimate_cost(128, 128, ink, "balanced")
    )


def test_the_photo_is_left_as_it_is(engine: Engine, ink: Style) -> None:
    pixels, before = _photo(), _photo()
    for mode in ("off", "focus", "portrait"):
        stylize_faces(engine, pixels, ink, mode=mode, faces=[SMALL])
    assert apart(pixels, before).max() == 0
