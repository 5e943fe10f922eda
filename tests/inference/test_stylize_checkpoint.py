"""manage.py stylize --checkpoint: as the published test.py does, for any state dict of AnimeGANv2."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytest_django import Settings

from imaging.decode import decode_image
from tests.inference.material import ANIMEGAN2, GOLDEN, RANDOM_CHECKPOINT, apart, file_of, photo, write_weights
from tests.inference.site import files, pixels, put, refusal, stylize

pytestmark = pytest.mark.no_database


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_weights(tmp_path_factory.mktemp("checkpoint") / "painter.pt", "animegan2")


@pytest.mark.shared
@pytest.mark.parametrize("case", GOLDEN)
def test_a_checkpoint_gives_what_the_published_script_does(tmp_path: Path, case: str) -> None:
    golden = np.load(ANIMEGAN2 / f"{case}.npz")
    source, target = put(tmp_path / "a.png", golden["image_rgb_uint8"]), tmp_path / "b.png"
    align = ["--upsample-align"] if golden["align_corners"] else []
    assert not stylize(source, "-o", target, "--checkpoint", RANDOM_CHECKPOINT, *align).error
    assert apart(pixels(target), (golden["output_float32"] + 1) * 127.5).max() <= 1


def test_a_checkpoint_converts_a_folder_and_marks_the_results(tmp_path: Path, checkpoint: Path) -> None:
    put(tmp_path / "photos" / "a.jpg")
    put(tmp_path / "photos" / "sub" / "b.png")
    answer = stylize(tmp_path / "photos", "-o", tmp_path / "out", "--checkpoint", checkpoint)
    assert (answer.out.strip(), answer.error) == ("2 converted, 0 skipped, 0 failed", "")
    assert b"style painter" in (tmp_path / "out" / "sub" / "b.png").read_bytes()


def test_rows_that_are_lost_are_lost_in_transparency_and_photo_too(tmp_path: Path, checkpoint: Path) -> None:
    image = Image.fromarray(photo(66, 70)).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize((70, 66)))
    source = put(tmp_path / "a.png", file_of(image, "PNG"))
    for target, more in (("alone.png", []), ("both.png", ["--side-by-side"])):
        assert not stylize(source, "-o", tmp_path / target, "--checkpoint", checkpoint, *more).error
    alone, both = decode_image(tmp_path / "alone.png"), decode_image(tmp_path / "both.png")
    assert alone.alpha is not None
    assert np.array_equal(alone.alpha, np.asarray(image)[:64, :68, 3])
    assert both.pixels.shape == (64, 2 * 68, 3)
    assert np.array_equal(both.pixels[:, :68], photo(66, 70)[:64, :68])


@pytest.mark.parametrize(("size", "expected"), [((40, 100), (256, 256)), ((70, 290), (256, 288))])
def test_x32_brings_the_picture_to_multiples_of_32_first(
    tmp_path: Path, checkpoint: Path, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    image = Image.fromarray(photo(*size)).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(size[::-1]))
    put(tmp_path / "photos" / "a.png", file_of(image, "PNG"))
    assert not stylize(tmp_path / "photos", "-o", tmp_path / "out", "--checkpoint", checkpoint, "--x32").error
    result = decode_image(tmp_path / "out" / "a.png")
    assert result.pixels.shape == (*expected, 3)
    assert result.alpha is not None
    assert apart(result.alpha, np.asarray(image.getchannel("A").resize(expected[::-1]))).max() == 0


def test_x32_side_by_side_shows_the_photo_at_the_size_of_the_result(tmp_path: Path, checkpoint: Path) -> None:
    source, target = put(tmp_path / "a.png", photo(30, 270)), tmp_path / "b.png"
    assert not stylize(source, "-o", target, "--checkpoint", checkpoint, "--x32", "--side-by-side").error
    left = np.asarray(Image.fromarray(photo(30, 270)).resize((256, 256)))
    assert pixels(target).shape == (256, 512, 3)
    assert np.array_equal(pixels(target)[:, :256], left)


def test_a_picture_that_is_too_small_for_the_network_stops_nothing(tmp_path: Path, checkpoint: Path) -> None:
    put(tmp_path / "photos" / "a.png", photo(7, 90))
    put(tmp_path / "photos" / "b.png", photo(8, 8))
    answer = stylize(tmp_path / "photos", "-o", tmp_path / "out", "--checkpoint", checkpoint)
    assert answer.error == "1 of 2 could not be converted"
    assert "a.png: too small" in answer.err
    assert files(tmp_path / "out") == ["b.png"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--checkpoint", "x.pt", "--style", "comic"), "leave out --style"),
        (("--checkpoint", "x.pt", "--x32", "--detail", "fine"), "leave out --detail"),
        (("--x32",), "belong to --checkpoint"),
        (("--upsample-align", "--style", "comic"), "belong to --checkpoint"),
    ],
)
def test_options_that_do_not_go_together_are_told(tmp_path: Path, options: tuple[str, ...], text: str) -> None:
    assert text in refusal(put(tmp_path / "a.jpg"), "-o", tmp_path / "out", *options)


def test_with_a_detail_a_checkpoint_is_used_as_a_style_is(
    tmp_path: Path, checkpoint: Path, compiled: Path, settings: Settings
) -> None:
    """At a size that suits it, and with no row lost, however small or large the picture is."""
    settings.INFERENCE_CACHE_DIR, settings.INFERENCE_BACKEND = compiled, "torch"
    for size in ((66, 70), (5, 9)):
        put(tmp_path / "photos" / f"{size[0]}.png", photo(*size))
    assert not stylize(
        tmp_path / "photos", "-o", tmp_path / "out", "--checkpoint", checkpoint, "--detail", "bold"
    ).error
    assert pixels(tmp_path / "out" / "66.png").shape == (66, 70, 3)
    assert pixels(tmp_path / "out" / "5.png").shape == (5, 9, 3)


def test_a_checkpoint_that_cannot_be_used_is_told_by_its_name(tmp_path: Path) -> None:
    source, options = put(tmp_path / "a.jpg"), ("-o", tmp_path / "out", "--checkpoint")
    assert "none.pt: no such file" in refusal(source, *options, tmp_path / "none.pt")
    assert "other.pt: " in refusal(source, *options, write_weights(tmp_path / "other.pt", "compact"))
    assert "a.jpg: not a state dict" in refusal(source, *options, source)
