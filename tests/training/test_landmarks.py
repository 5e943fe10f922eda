import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gallery.photos.samples import sample_file
from tests.training.samples import save_photo
from training.data.landmarks import FaceLandmarks, crop_landmarks, find_landmarks, load_landmarks, read_landmarks_file
from training.data.unpaired import Crop
from training.losses import landmark_loss, location_loss, make_heatmaps
from training.networks.landmark_net import LandmarkNet, recolor_randomly

pytestmark = pytest.mark.no_database
# Where both eyes and the mouth of the astronaut are, read off the enlarged picture by eye; of 512 pixels.
ASTRONAUT = [(204, 101), (246, 103), (222, 145)]


def _astronaut() -> np.ndarray:
    with Image.open(sample_file("astronaut")) as image:
        return np.asarray(image.convert("RGB"))


def test_eyes_and_mouth_are_found_where_they_are() -> None:
    face = find_landmarks(_astronaut())
    assert face is not None
    assert np.abs(np.array(face.points) * 512 - ASTRONAUT).max() < 5


def test_left_is_left_in_the_picture_of_a_mirrored_face_too() -> None:
    face = find_landmarks(np.ascontiguousarray(_astronaut()[:, ::-1]))
    assert face is not None
    left, right, _ = face.points
    assert left[0] < right[0]
    assert left[0] * 512 == pytest.approx(512 - ASTRONAUT[1][0], abs=5)


def test_a_photo_without_a_face_has_none_and_one_with_two_is_not_learned_from() -> None:
    with Image.open(sample_file("coffee")) as image:
        assert find_landmarks(np.asarray(image.convert("RGB"))) == FaceLandmarks([])
    assert find_landmarks(np.concatenate([_astronaut(), _astronaut()], axis=1)) is None


def test_they_are_found_once_and_then_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = save_photo(tmp_path / "a.png", 1)
    assert load_landmarks([photo], tmp_path / "cache") == [FaceLandmarks([])]
    monkeypatch.setattr("training.data.landmarks.find_landmarks", lambda pixels: pytest.fail("looked for again"))
    assert load_landmarks([photo], tmp_path / "cache") == [FaceLandmarks([])]
    assert not list(tmp_path.rglob("*.part"))


def test_points_of_another_library_may_be_given(tmp_path: Path) -> None:
    file = tmp_path / "points.json"
    file.write_text(json.dumps({"a.png": [[0.3, 0.4], [0.6, 0.4], [0.5, 0.7]], "b.png": [], "c.png": None}), "utf-8")
    faces = read_landmarks_file(file)([Path(f"x/{name}.png") for name in "abcd"])
    assert faces == [FaceLandmarks([[0.3, 0.4], [0.6, 0.4], [0.5, 0.7]]), FaceLandmarks([]), None, None]


def test_a_damaged_file_of_the_cache_is_made_anew(tmp_path: Path) -> None:
    photo, cache = save_photo(tmp_path / "a.png", 1), tmp_path / "cache"
    found = load_landmarks([photo], cache)
    (file,) = cache.glob("*.json")
    for text in ("[[", "[" * 100_000, '"points"'):
        file.write_text(text, "utf-8")
        assert load_landmarks([photo], cache) == found


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", '{"a": [[1, 2]]}', '{"a": [[1], [2], [3]]}', '{"a": [["x", 1], [1, 1], [1, 1]]}'),
        *('{"a": [[NaN, 1], [1, 1], [1, 1]]}', '{"a": [[1e999, 1], [1, 1], [1, 1]]}', '{"a": [], "a": []}'),
        *('{"a": [[1' + "0" * 400 + ", 1], [1, 1], [1, 1]]}", '{"a": ' + "[" * 100_000),
    ],
)
def test_a_file_of_something_else_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "points.json").write_text(text, "utf-8")
    with pytest.raises(ValueError, match=r"points\.json: not a file of landmarks"):
        read_landmarks_file(tmp_path / "points.json")


def test_points_move_with_the_crop_and_change_sides_with_a_mirrored_one() -> None:
    face = FaceLandmarks([[0.25, 0.5], [0.5, 0.5], [0.4, 0.75]])
    plain = Crop(Path(), np.zeros((40, 40, 3), np.uint8), 10, 5, False, (100, 60))
    assert crop_landmarks(plain, face, 100, 60).tolist() == [[20, 20], [45, 20], [35, 35]]
    mirrored = Crop(Path(), np.zeros((40, 40, 3), np.uint8), 10, 5, True, (100, 60))
    assert crop_landmarks(mirrored, face, 100, 60).tolist() == [[-5, 20], [20, 20], [5, 35]]
    assert bool(crop_landmarks(plain, None, 100, 60).isnan().all())


def test_the_network_gives_a_distribution_over_cells_and_nowhere() -> None:
    places = LandmarkNet(width=4)(torch.rand(2, 3, 40, 56) * 2 - 1)
    assert places.shape == (2, 3, 10 * 14 + 1)
    assert torch.allclose(places.exp().sum(2), torch.ones(2, 3), atol=1e-5)


def test_the_network_learns_where_a_mark_is_and_sees_that_it_has_moved() -> None:
    torch.manual_seed(1)
    network = LandmarkNet(width=4, landmarks=1)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    chance = torch.Generator().manual_seed(2)

    def marked(points: torch.Tensor) -> torch.Tensor:
        pictures = torch.zeros(len(points), 3, 32, 32)
        for picture, (x, y) in zip(pictures, points.int(), strict=True):
            picture[:, y - 2 : y + 3, x - 2 : x + 3] = 1
        return pictures

    for _ in range(40):
        points = torch.randint(3, 29, (8, 2), generator=chance).float()
        target = make_heatmaps(points[:, None] / 4, 8, 8)
        optimizer.zero_grad()
        loss = location_loss(network(marked(points)), target, torch.ones(8, dtype=torch.bool))
        loss.backward()
        optimizer.step()
    here, near, far = (network(marked(torch.tensor([[x, 12.0]]))) for x in (8.0, 9.0, 24.0))
    assert int(here[0, 0].argmax()) % 8 in (1, 2)
    here, near, far = (seen.detach() for seen in (here, near, far))
    assert float(landmark_loss(here, near)) < 0.3 * float(landmark_loss(here, far))


def test_recolored_pictures_keep_their_drawing_and_not_their_colors() -> None:
    picture = torch.zeros(16, 3, 32, 32) - 0.5
    picture[:, 0, 8:24, 8:24] = 0.7
    painted = recolor_randomly(picture, torch.Generator().manual_seed(3))
    assert painted.shape == picture.shape
    assert float(painted.abs().max()) <= 1
    assert float((painted - picture).abs().mean((1, 2, 3)).min()) > 0.02
    same = recolor_randomly(picture, torch.Generator().manual_seed(3))
    assert torch.equal(same, painted)
