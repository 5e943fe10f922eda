"""manage.py stylize --faces and --landmarks."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imaging.decode import decode_image
from imaging.faces import detect_faces, draw_faces
from inference.engine import Engine
from inference.faces import stylize_faces
from inference.styles import Style
from tests.inference.people import astronaut, with_face
from tests.inference.site import pixels, put, refusal, stylize

pytestmark = [pytest.mark.no_database, pytest.mark.usefixtures("weights")]


def test_focus_and_portrait_are_what_the_library_makes(in_torch: Engine, ink: Style, tmp_path: Path) -> None:
    photo = with_face(300, 400, (200, 150, 60, 0))
    source, target = put(tmp_path / "a.png", photo), tmp_path / "b.png"
    for arguments, options in ((("focus",), {}), (("portrait", "--portrait-size", "256"), {"portrait_size": 256})):
        answer = stylize(source, "-o", target, "--overwrite", "--faces", *arguments)
        assert (answer.out.strip(), answer.err) == ("1 converted, 0 skipped, 0 failed", "")
        expected = stylize_faces(in_torch, photo, ink, mode=arguments[0], faces=detect_faces(photo), **options)
        assert np.array_equal(pixels(target), expected.pixels)
        assert b"style ink" in target.read_bytes()


def test_without_a_face_the_whole_picture_is_converted_and_that_is_told(tmp_path: Path) -> None:
    source, target, plain = put(tmp_path / "a.png"), tmp_path / "b.png", tmp_path / "c.png"
    answer = stylize(source, "-o", target, "--faces", "portrait")
    assert "a.png: no face was found; the whole picture was converted" in answer.err
    assert answer.out.startswith("1 converted, 0 skipped, 0 failed")
    stylize(source, "-o", plain)
    assert np.array_equal(pixels(target), pixels(plain))


def test_landmarks_are_drawn_on_the_photo_which_is_not_marked_as_made(tmp_path: Path) -> None:
    source, target = put(tmp_path / "a.png", astronaut()), tmp_path / "b.png"
    assert not stylize(source, "-o", target, "--landmarks").error
    assert np.array_equal(pixels(target), draw_faces(astronaut(), detect_faces(astronaut())))
    assert b"style" not in target.read_bytes()


def test_a_portrait_keeps_its_transparency_and_has_its_photo_beside_it(tmp_path: Path) -> None:
    image = Image.fromarray(astronaut()).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize((512, 512)))
    source, target = tmp_path / "a.png", tmp_path / "b.png"
    image.save(source)
    arguments = (source, "-o", target, "--overwrite", "--faces", "portrait", "--portrait-size", "256")
    stylize(*arguments)
    alpha = decode_image(target).alpha
    assert alpha is not None
    assert alpha.shape == (256, 256)
    assert alpha[0].mean() < alpha[-1].mean()
    stylize(*arguments, "--side-by-side")
    assert pixels(target).shape == (256, 512, 3)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--portrait-size", "512"), "--portrait-size belongs to"),
        (("--faces", "focus", "--portrait-size", "512"), "--portrait-size belongs to"),
        (("--faces", "portrait", "--scenery", "ink"), "--scenery belongs to"),
        (("--faces", "focus", "--landmarks"), "leave out --faces"),
        (("--faces", "focus", "--checkpoint", "x.pt"), "need no --checkpoint"),
        (("--landmarks", "--checkpoint", "x.pt"), "need no --checkpoint"),
        (("--faces", "blur"), "invalid choice"),
        (("--faces", "portrait", "--portrait-size", "300"), "invalid choice"),
        (("--faces", "focus", "--scenery", "oil"), "no style 'oil'"),
    ],
)
def test_options_that_do_not_fit_are_refused(tmp_path: Path, arguments: tuple[str, ...], reason: str) -> None:
    assert reason in refusal(put(tmp_path / "a.png"), "-o", tmp_path / "out", *arguments)
    assert not (tmp_path / "out").exists()
