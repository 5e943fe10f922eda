"""YuNet's real files, as its authors export them."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.faces import measure
from imaging.faces import Face, crop_frame, detect_faces, face_detector_name, yunet
from imaging.faces.align import frame_face
from imaging.faces.yunet import OTHER_FILES, find_yunet_file
from imaging.weights_files import find_digest_mismatch
from tests.inference.people import FACE, PHOTOS, astronaut, crowd, shown, truth, with_face
from tests.needs import SHARED

pytestmark = pytest.mark.shared
EVERY = 15  # photos; benchmarks/faces.py takes all


@pytest.fixture(params=sorted(OTHER_FILES))
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A weights folder with one of the files."""
    (tmp_path / request.param).symlink_to(SHARED / "reference" / "faces" / request.param)
    return tmp_path


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    (tmp_path / "yunet_n_640_640.onnx").symlink_to(SHARED / "reference" / "faces" / "yunet_n_640_640.onnx")
    return tmp_path


def test_each_known_file_finds_the_same_face_with_five_landmarks(folder: Path) -> None:
    assert face_detector_name(folder) == "yunet"
    (face,) = detect_faces(astronaut(), folder)
    x, y, side = shown([face], 512, 512)[0]
    assert (x, y) == pytest.approx(FACE[:2], abs=15)
    assert side == pytest.approx(88, abs=5)
    places = [(a * 512, b * 512) for a, b in face.landmarks]
    assert np.array(places) == pytest.approx(
        np.array([(201, 102), (246, 103), (222, 130), (204, 147), (241, 148)]), abs=5
    )


def test_a_file_of_that_name_with_other_bytes_is_not_used(tmp_path: Path) -> None:
    whole = (SHARED / "reference" / "faces" / "yunet_n_640_640.onnx").read_bytes()
    (tmp_path / "yunet_n_640_640.onnx").write_bytes(whole[:-1])
    assert find_yunet_file(tmp_path) is None
    assert len(detect_faces(astronaut(), tmp_path)) == 1  # by the cascades


def test_the_digests_are_those_of_the_files() -> None:
    for name, digest in OTHER_FILES.items():
        file = yunet.YuNetFile(SHARED / "reference" / "faces", name, sha256=digest)
        assert not find_digest_mismatch(file, file.path)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_photo_that_lies_on_its_side_or_its_head_has_the_face_upright_in_its_square(
    weights: Path, turns: int
) -> None:
    pixels = np.ascontiguousarray(np.rot90(astronaut(), turns))
    (face,) = detect_faces(pixels, weights)
    assert abs((face.angle + 90 * turns - 3 + 180) % 360 - 180) < 12
    square = crop_frame(pixels, frame_face(face, 512, 512, 2.0), 160)
    (upright,) = detect_faces(square, weights)
    assert upright.angle == pytest.approx(0, abs=10)
    assert upright.score > 0.9
    assert upright.center == pytest.approx((0.5, 0.55), abs=0.05)


@pytest.mark.parametrize("angle", [-40, -20, 0, 20, 40])
def test_the_head_is_upright_in_the_square_whatever_its_tilt(weights: Path, angle: float) -> None:
    pixels = with_face(400, 500, (240, 200, 110, angle))
    (face,) = detect_faces(pixels, weights)
    frame = frame_face(face, 400, 500, 2.0)
    assert frame.angle == pytest.approx(angle, abs=10)


def test_faces_of_portraits_are_found_and_nothing_in_scenery(weights: Path) -> None:
    counts = measure(lambda pixels: detect_faces(pixels, weights), PHOTOS, truth(), EVERY)
    assert counts.recall == 1, counts.missed
    assert len(counts.wrong) + len(counts.wrong_in_scenery) <= 1


def test_a_face_of_20_pixels_is_found(weights: Path) -> None:
    assert len(detect_faces(with_face(300, 400, (200, 150, 20, 0)), weights)) == 1


def test_a_face_that_is_cut_by_the_border_is_found_once(weights: Path) -> None:
    for part in (astronaut()[70:, 150:], astronaut()[:, 205:], astronaut()[:150]):
        assert len(detect_faces(np.ascontiguousarray(part), weights)) <= 1


def test_thirty_faces_are_found(weights: Path) -> None:
    found = detect_faces(crowd(), weights)
    assert len(found) == 30
    assert found == sorted(found, key=lambda face: -face.width * face.height)


def test_a_picture_of_one_color_or_of_noise_has_none(weights: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    for pixels in (noise, np.full_like(noise, 128), cv2.GaussianBlur(noise, (0, 0), 6)):
        found: list[Face] = detect_faces(pixels, weights)
        assert found == []
