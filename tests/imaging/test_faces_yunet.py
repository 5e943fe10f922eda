"""YuNet: read by OpenCV from a file that is verified, and fetched as weights are."""

import hashlib
import logging
from collections.abc import Iterator
from functools import partial
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from imaging.faces import detect_faces, face_detector_name, yunet
from imaging.faces.yunet import FILE_NAME, YuNetFile, find_faces_with_yunet
from tests.inference.people import astronaut
from tests.inference.small_yunet import CELL, POINTS, SIDE, write_small_yunet
from tests.inference.weights_server import BODY, WeightsServer, right


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A weights folder whose YuNet is a small network of ours, and is the one that is expected."""
    digest = write_small_yunet(tmp_path / FILE_NAME)
    monkeypatch.setattr(yunet, "YuNetFile", partial(YuNetFile, sha256=digest))
    return tmp_path


def _bright(height: int, width: int, *cells: tuple[int, int]) -> np.ndarray:
    pixels = np.zeros((height, width, 3), np.uint8)
    for row, column in cells:
        pixels[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL] = 255
    return pixels


def test_boxes_landmarks_and_scores_are_read_in_their_order(known: Path) -> None:
    face = find_faces_with_yunet(_bright(256, 320, (3, 4)), known / FILE_NAME)[0]
    box = face.left * 320, face.top * 256, face.width * 320, face.height * 256
    assert box == pytest.approx((4.5 * CELL - SIDE / 2, 3.5 * CELL - SIDE / 2, SIDE, SIDE), abs=0.5)
    expected = [((4 + x) * CELL, (3 + y) * CELL) for x, y in POINTS]
    assert [(x * 320, y * 256) for x, y in face.landmarks] == [pytest.approx(point, abs=0.5) for point in expected]
    assert face.angle == pytest.approx(7.1, abs=0.5)
    assert face.score == pytest.approx(1, abs=0.01)


def test_what_is_found_at_both_sizes_is_one_face(known: Path) -> None:
    assert len(detect_faces(_bright(256, 320, (1, 1), (5, 7)), known)) == 2
    assert detect_faces(_bright(256, 320), known) == []


def test_sides_that_are_no_multiples_of_32_are_taken(known: Path) -> None:
    (face,) = detect_faces(_bright(250, 301, (3, 4)), known)
    assert face.center == pytest.approx((4.5 * CELL / 301, 3.5 * CELL / 250), abs=0.01)


def test_a_file_that_is_there_and_right_is_used(known: Path) -> None:
    assert face_detector_name(known) == "yunet"


def test_a_file_that_is_another_one_is_told_and_not_used(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a network")
    with caplog.at_level(logging.ERROR):
        assert len(detect_faces(astronaut(), tmp_path)) == 1
    assert face_detector_name(tmp_path) == "cascades"
    assert "manage.py fetch_weights yunet" in caplog.text


def _fetch(folder: Path, server: WeightsServer) -> str:
    out, base = StringIO(), server.url("/").rstrip("/")
    try:
        call_command("fetch_weights", "yunet", "--base-url", base, stdout=out, stderr=out)
    except CommandError as error:
        out.write(str(error))
    return out.getvalue()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> Iterator[WeightsServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    settings.WEIGHTS_DIR = tmp_path
    with WeightsServer() as running:
        yield running


def test_it_is_fetched_once_and_verified(
    tmp_path: Path, server: WeightsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = partial(YuNetFile, sha256=hashlib.sha256(BODY).hexdigest())
    monkeypatch.setattr("inference.management.commands.fetch_weights.YuNetFile", expected)
    server.serves(f"/{FILE_NAME}", right())
    assert "yunet: downloaded and verified" in _fetch(tmp_path, server)
    assert (tmp_path / FILE_NAME).read_bytes() == BODY
    assert "yunet: already there" in _fetch(tmp_path, server)
    assert len(server.asked) == 1


def test_a_file_that_is_not_yunet_is_refused(tmp_path: Path, server: WeightsServer) -> None:
    server.serves(f"/{FILE_NAME}", right())
    assert f"not {yunet.SHA256}" in _fetch(tmp_path, server)
    assert not list(tmp_path.iterdir())
