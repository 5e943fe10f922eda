"""How far open the eyes of faces are."""

import re
from pathlib import Path

import numpy as np
import pytest

from imaging.faces import Face
from tests.training.samples import picture
from training.data.photos import load_photo
from training.metrics.eyes import CHIN, FOREHEAD, FaceLandmarkNetwork, eye_height, eye_heights

pytestmark = pytest.mark.no_database
SHARED = Path("../shared")
NETWORK_FILE = SHARED / "reference" / "faces" / "mediapipe_face_landmark.tflite"


def test_the_height_is_a_share_of_the_face() -> None:
    points = np.zeros((468, 2), np.float32)
    points[[159, 386], 1], points[[145, 374], 1] = 50, (54, 58)
    points[FOREHEAD], points[CHIN] = (0, 0), (30, 40)
    assert eye_height(points) == pytest.approx(6 / 50)


def test_another_file_is_named(tmp_path: Path) -> None:
    other = tmp_path / "other.tflite"
    other.write_bytes(b"no network")
    for path, text in ((other, "not a network that can be read"), (tmp_path / "none.tflite", "not a network")):
        with pytest.raises(ValueError, match=f"{re.escape(str(path))}: {text}"):
            FaceLandmarkNetwork(path)


@pytest.mark.shared
def test_a_network_of_another_shape_is_named() -> None:
    with pytest.raises(ValueError, match="not MediaPipe's face landmarks"):
        FaceLandmarkNetwork(SHARED / "reference" / "faces" / "yunet_n_320_320.onnx")


@pytest.mark.shared
def test_eyes_made_higher_are_measured_higher_and_a_place_without_a_face_is_left_out() -> None:
    network = FaceLandmarkNetwork(NETWORK_FILE)
    photo = load_photo(SHARED / "data" / "faces" / "0497.jpg", 416)
    taller = photo.copy()
    top, bottom = 150, 260  # a band that holds both eyes, drawn half as high again
    middle = (top + bottom) / 2
    rows = np.clip(np.rint(middle + (np.arange(top, bottom) - middle) / 1.5), 0, 415).astype(int)
    taller[top:bottom] = photo[rows]
    face = Face(0.25, 0.25, 0.5, 0.55)
    ((before, after),) = eye_heights(network, [photo, taller], [face])
    assert 0.03 < before < 0.09
    assert 1.08 < after / before < 1.8
    blobs = np.asarray(picture(3, (416, 416)))
    assert eye_heights(network, [photo, blobs], [face]) == []
