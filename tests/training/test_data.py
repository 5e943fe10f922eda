from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from datasets.filters import smooth_edges
from tests.training.samples import picture, save_photo
from training.data.batches import iterate_batches
from training.data.unpaired import AnimeGANData, cache_pictures, fingerprint_pictures, train_dir

pytestmark = pytest.mark.no_database


def _quiet(line: str) -> None:
    raise AssertionError(line)


def _flat(folder: Path, colors: range, size: int = 16) -> list[Path]:
    """Pictures of one gray each, so that a batch tells which of them it is made of."""
    folder.mkdir(parents=True)
    for color in colors:
        Image.new("RGB", (size, size), (color,) * 3).save(folder / f"{color:03}.png")
    return sorted(folder.iterdir())


def _grays(tensor: torch.Tensor) -> list[int]:
    return [round((float(one.mean()) + 1) * 127.5) for one in tensor]


@pytest.fixture
def data(tmp_path: Path) -> AnimeGANData:
    photos, anime = _flat(tmp_path / "photos", range(10, 17)), _flat(tmp_path / "anime", range(100, 104))
    return AnimeGANData(photos, anime, [], size=16, seed=3)


def test_an_epoch_is_as_long_as_the_larger_set_and_shows_each_picture_once(data: AnimeGANData) -> None:
    assert len(data) == 7
    seen = list(iterate_batches(data, 0, 7, 4))
    photos = [gray for batch in seen for gray in _grays(batch.photos)]
    anime = [gray for batch in seen for gray in _grays(batch.anime)]
    assert Counter(photos) == dict.fromkeys(range(10, 17), 4)
    assert Counter(photos[:7]) == dict.fromkeys(range(10, 17), 1)
    assert photos[:7] != photos[7:14], "each pass has its own order"
    assert Counter(anime) == dict.fromkeys(range(100, 104), 7)


def test_a_step_sees_the_same_whether_or_not_others_came_before(data: AnimeGANData) -> None:
    *_, last = iterate_batches(data, 0, 6, 3)
    (alone,) = iterate_batches(data, 5, 6, 3)
    for name in ("photos", "anime", "smooth"):
        assert torch.equal(getattr(last, name), getattr(alone, name))


def test_two_processes_see_between_them_what_one_with_twice_the_batch_does(data: AnimeGANData) -> None:
    shares = [list(iterate_batches(data, 0, 3, 2, rank=rank, world_size=2)) for rank in (0, 1)]
    for step, whole in enumerate(iterate_batches(data, 0, 3, 4)):
        for name in ("photos", "anime", "smooth"):
            parts = [getattr(share[step], name) for share in shares]
            assert torch.equal(torch.stack(parts, 1).flatten(0, 1), getattr(whole, name))


def test_another_seed_gives_another_order(data: AnimeGANData) -> None:
    other = AnimeGANData(data.photos, data.anime, [], size=16, seed=4)
    first, second = ([_grays(batch.photos) for batch in iterate_batches(d, 0, 4, 4)] for d in (data, other))
    assert first != second


def test_crops_move_and_are_mirrored(tmp_path: Path) -> None:
    path = save_photo(tmp_path / "a.png", 1, (36, 36))
    data = AnimeGANData([path], [path], [], size=32, seed=1)
    pixels = np.asarray(Image.open(path))
    plain = {pixels[y : y + 32, x : x + 32].tobytes() for y in range(5) for x in range(5)}
    mirrored = {pixels[y : y + 32, x : x + 32][:, ::-1].tobytes() for y in range(5) for x in range(5)}
    crops = data._crops([path], 0, 0, range(40))
    found = [crop.tobytes() for crop in crops]
    assert set(found) <= plain | mirrored
    assert len(set(found) & plain) > 5
    assert len(set(found) & mirrored) > 5


def test_edges_are_smoothed_as_they_are_needed(tmp_path: Path) -> None:
    paths = [save_photo(tmp_path / f"{seed}.png", seed, (32, 32)) for seed in range(2)]
    (batch,) = iterate_batches(AnimeGANData(paths, paths, [], size=32, seed=1), 0, 1, 4)
    pictures = [np.asarray(Image.open(path)) for path in paths]
    smoothed = {smooth_edges(np.ascontiguousarray(p[:, ::flip])).tobytes() for p in pictures for flip in (1, -1)}
    made = ((batch.smooth + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().numpy()
    assert {one.tobytes() for one in made} <= smoothed


def test_edges_may_be_smoothed_ahead(data: AnimeGANData, tmp_path: Path) -> None:
    ahead = AnimeGANData(data.photos, data.anime, _flat(tmp_path / "smooth", range(200, 203)), size=16, seed=3)
    (batch,) = iterate_batches(ahead, 0, 1, 3)
    assert set(_grays(batch.smooth)) == {200, 201, 202}


def test_pictures_of_a_fit_size_are_read_where_they_are(tmp_path: Path) -> None:
    paths = [save_photo(tmp_path / "in" / f"{n}.png", n, size) for n, size in enumerate([(32, 32), (36, 36), (90, 34)])]
    assert cache_pictures(tmp_path / "in", 32, tmp_path / "cache", _quiet) == {path: path for path in paths}
    assert list((tmp_path / "cache").iterdir()) == []


def test_others_are_resized_once(tmp_path: Path) -> None:
    for number, size in enumerate([(100, 80), (20, 24)]):
        save_photo(tmp_path / "in" / f"{number}.png", number, size)
    kept = cache_pictures(tmp_path / "in", 32, tmp_path / "cache", _quiet)
    assert [Image.open(path).size for path in kept.values()] == [(45, 36), (32, 38)]
    stamps = [path.stat().st_mtime_ns for path in kept.values()]
    assert cache_pictures(tmp_path / "in", 32, tmp_path / "cache", _quiet) == kept
    assert [path.stat().st_mtime_ns for path in kept.values()] == stamps
    assert not list(tmp_path.rglob("*.part"))


def test_a_picture_that_changed_is_resized_again(tmp_path: Path) -> None:
    save_photo(tmp_path / "in" / "a.png", 1, (100, 80))
    first = cache_pictures(tmp_path / "in", 32, tmp_path / "cache", _quiet)
    save_photo(tmp_path / "in" / "a.png", 2, (80, 100))
    assert cache_pictures(tmp_path / "in", 32, tmp_path / "cache", _quiet) != first


def test_broken_files_are_reported_once_and_skipped(tmp_path: Path) -> None:
    good = save_photo(tmp_path / "in" / "good.jpg", 1, (32, 32))
    (tmp_path / "in" / "cut.jpg").write_bytes(good.read_bytes()[:300])
    (tmp_path / "in" / "page.png").write_text("<html>404</html>", "utf-8")
    (tmp_path / "in" / "empty.webp").touch()
    said: list[str] = []
    assert cache_pictures(tmp_path / "in", 32, tmp_path / "cache", said.append) == {good: good}
    assert sorted(line.split(":")[0] for line in said) == [
        str(tmp_path / "in" / name) for name in ("cut.jpg", "empty.webp", "page.png")
    ]


def test_a_fingerprint_is_of_names_sizes_and_kinds_wherever_the_pictures_are(tmp_path: Path) -> None:
    one, other = (save_photo(tmp_path / "in" / f"{seed}.png", seed) for seed in range(2))
    before = fingerprint_pictures([one], [other])
    assert fingerprint_pictures([other], [one]) != before != fingerprint_pictures([one, other], [])
    (tmp_path / "in").rename(tmp_path / "moved")
    one, other = (tmp_path / "moved" / path.name for path in (one, other))
    other.touch()
    assert fingerprint_pictures([one], [other]) == before
    assert fingerprint_pictures([one], [other.rename(other.with_stem("b"))]) != before
    save_photo(other, 2)
    assert fingerprint_pictures([one], [other]) != before


def test_a_folder_without_a_whole_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(ValueError, match=f"no pictures below {tmp_path / 'in'}"):
        cache_pictures(tmp_path / "in", 32, tmp_path / "cache", _quiet)


def test_pictures_stand_upright_and_on_white(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    picture(1, (40, 32)).save(tmp_path / "in" / "a.jpg", exif=exif)
    Image.new("RGBA", (32, 32), (255, 0, 0, 0)).save(tmp_path / "in" / "b.png")
    upright, white = cache_pictures(tmp_path / "in", 32, tmp_path / "cache", _quiet).values()
    tall = AnimeGANData([upright], [upright], [], size=32, seed=1)
    assert tall._crops([upright], 0, 0, [0])[0].shape == (32, 32, 3)
    assert tall._crops([white], 0, 0, [0])[0].min() == 255


def test_the_part_to_learn_from_is_found_in_a_prepared_data_set(tmp_path: Path) -> None:
    (tmp_path / "photo" / "train").mkdir(parents=True)
    assert train_dir(tmp_path / "photo") == tmp_path / "photo" / "train"
    assert train_dir(tmp_path) == tmp_path
