"""manage.py stylize: which pictures are converted, where to, and what becomes of those that cannot be."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from pytest_django import Settings

from imaging.decode import decode_image
from inference.engine import Engine
from inference.styles import Style
from tests.inference.material import apart, file_of, photo, run_python
from tests.inference.site import files, pixels, put, refusal, stylize

pytestmark = [pytest.mark.no_database, pytest.mark.usefixtures("weights")]


def test_a_file_becomes_what_the_engine_makes_of_it(in_torch: Engine, ink: Style, tmp_path: Path) -> None:
    source, target = put(tmp_path / "a.png"), tmp_path / "new" / "b.png"
    answer = stylize(source, "-o", target)
    assert (answer.out.strip(), answer.error) == ("1 converted, 0 skipped, 0 failed", "")
    assert np.array_equal(pixels(target), in_torch.stylize(photo(40, 60), ink))
    assert b"style ink" in target.read_bytes()


@pytest.mark.slow
def test_it_works_with_all_cores_however_many_processes_the_server_has(weights: Path, tmp_path: Path) -> None:
    script = """if True:
        import sys, django
        django.setup()
        from django.core.management import call_command
        from inference.runtime import build_engine_settings
        before = build_engine_settings().threads
        call_command("stylize", *sys.argv[1:])
        print(before, build_engine_settings().threads)
    """
    arguments = [put(tmp_path / "a.png"), "-o", tmp_path / "b.png", "--style", "ink", "--device", "cpu"]
    site = {"DJANGO_SETTINGS_MODULE": "animegan_site.settings", "WEIGHTS_DIR": str(weights), "VAR_DIR": str(tmp_path)}
    done = run_python("-c", script, *arguments, WEB_PROCESSES=str(10**3), **site)
    assert done.stdout.splitlines()[-1:] == ["1 0"], done.stderr  # 0: all


def test_detail_and_style_are_those_that_are_asked_for(in_torch: Engine, ink: Style, tmp_path: Path) -> None:
    source, target = put(tmp_path / "a.png", photo(200, 300)), tmp_path / "b.png"
    assert not stylize(source, "-o", target, "--style", "ink", "--detail", "bold").error
    assert np.array_equal(pixels(target), in_torch.stylize(photo(200, 300), ink, "bold"))


def test_a_folder_keeps_its_shape_and_what_is_no_picture_is_left(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    for name in ("a.jpg", "sub/b.PNG", "sub/deep/c.webp", "d.heic", "e.tif", "f.bmp"):
        put(photos / name)
    for name in ("notes.txt", "sub/list.csv"):
        put(photos / name, b"text")
    (photos / "album.jpg").mkdir()
    answer = stylize(photos, "-o", tmp_path / "out")
    left_out = "2 left out: 2 in another format (notes.txt, sub/list.csv)"
    assert (answer.out.strip(), answer.error) == (f"6 converted, 0 skipped, 0 failed, {left_out}", "")
    assert files(tmp_path / "out") == ["a.jpg", "d.heic.jpg", "e.tif.jpg", "f.bmp.jpg", "sub/b.PNG", "sub/deep/c.webp"]
    kinds = {Image.open(path).format for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert kinds == {"JPEG", "PNG", "WEBP"}


def test_files_and_folders_may_be_given_together(tmp_path: Path) -> None:
    one, folder = put(tmp_path / "one.jpg"), put(tmp_path / "folder" / "two.jpg").parent
    assert stylize(one, folder, "-o", tmp_path / "out").out.startswith("2 converted")
    assert files(tmp_path / "out") == ["one.jpg", "two.jpg"]


def test_pictures_whose_results_would_have_one_name_all_get_their_own(tmp_path: Path) -> None:
    """Telephones store IMG_1.HEIC beside IMG_1.JPG; and two albums may both begin with IMG_1."""
    first, second = tmp_path / "first", tmp_path / "second"
    for path in (first / "1.heic", first / "1.jpg", first / "1.tif", second / "1.jpg"):
        put(path)
    for _ in range(2):
        answer = stylize(first, second, "-o", tmp_path / "out", "--overwrite")
        assert (answer.out.strip(), answer.error) == ("4 converted, 0 skipped, 0 failed", "")
    assert {"1.heic.jpg", "1.tif.jpg"} < set(files(tmp_path / "out"))
    assert len(files(tmp_path / "out")) == 4
    assert stylize(first, second, "-o", tmp_path / "out").out.strip() == "0 converted, 4 skipped, 0 failed"


@pytest.mark.parametrize("more", [[], ["--overwrite"]])
def test_no_result_takes_the_place_of_a_photo(tmp_path: Path, more: list[str]) -> None:
    photos = [put(tmp_path / "in" / "a.heic"), put(tmp_path / "in" / "a.jpg")]
    before = [path.read_bytes() for path in photos]
    assert "the result would take the place of a.jpg" in refusal(*photos, "-o", tmp_path / "in", *more)
    assert "the result would take the place of a.jpg" in refusal(photos[1], "-o", photos[1], *more)
    assert [path.read_bytes() for path in photos] == before
    assert files(tmp_path / "in") == ["a.heic", "a.jpg"]


def test_what_is_done_is_skipped(tmp_path: Path) -> None:
    put(tmp_path / "photos" / "a.jpg")
    put(tmp_path / "out" / "a.jpg", b"made before")
    put(tmp_path / "photos" / "b.jpg")
    assert stylize(tmp_path / "photos", "-o", tmp_path / "out").out.strip() == "1 converted, 1 skipped, 0 failed"
    assert (tmp_path / "out" / "a.jpg").read_bytes() == b"made before"


def test_what_is_done_is_done_again_when_asked_for(tmp_path: Path) -> None:
    put(tmp_path / "photos" / "a.jpg")
    put(tmp_path / "out" / "a.jpg", b"made before")
    assert stylize(tmp_path / "photos", "-o", tmp_path / "out", "--overwrite").out.startswith("1 converted")
    assert pixels(tmp_path / "out" / "a.jpg").shape == (40, 60, 3)


@pytest.mark.parametrize("relative", [False, True])
def test_results_below_the_photos_are_not_converted_in_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, relative: bool
) -> None:
    put(tmp_path / "photos" / "a.jpg")
    monkeypatch.chdir(tmp_path)
    folder = Path("photos") if relative else tmp_path / "photos"
    for expected in ("1 converted, 0 skipped", "0 converted, 1 skipped"):
        assert stylize(folder, "-o", tmp_path / "photos" / "anime").out.startswith(expected)
    assert files(tmp_path / "photos") == ["a.jpg", "anime/a.jpg"]


def test_photos_are_not_written_over_by_their_results(tmp_path: Path) -> None:
    before = put(tmp_path / "photos" / "a.jpg").read_bytes()
    assert "another folder" in refusal(tmp_path / "photos", "-o", tmp_path / "photos", "--overwrite")
    assert (tmp_path / "photos" / "a.jpg").read_bytes() == before


def test_a_bad_file_is_told_and_stops_nothing(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    put(photos / "a.jpg", b"not a photo")
    put(photos / "b.jpg", file_of(photo(40, 60), "JPEG")[:700])
    put(photos / "c.jpg", b"")
    put(photos / "d.jpg")
    answer = stylize(photos, "-o", tmp_path / "out")
    assert answer.error == "3 of 4 could not be converted"
    assert answer.out.strip() == "1 converted, 0 skipped, 3 failed"
    assert f"{photos / 'a.jpg'}: We can't open this file" in answer.err
    assert f"{photos / 'b.jpg'}: This picture is damaged or incomplete" in answer.err
    assert f"{photos / 'c.jpg'}: This file is empty" in answer.err
    assert files(tmp_path / "out") == ["d.jpg"]


def test_a_missing_file_is_told_and_stops_nothing(tmp_path: Path) -> None:
    answer = stylize(tmp_path / "none.jpg", put(tmp_path / "a.jpg"), "-o", tmp_path / "out")
    assert answer.error == "1 of 2 could not be converted"
    assert "none.jpg" in answer.err
    assert files(tmp_path / "out") == ["a.jpg"]


def test_a_result_of_another_kind_is_refused(tmp_path: Path) -> None:
    answer = stylize(put(tmp_path / "a.jpg"), "-o", tmp_path / "b.bmp")
    assert "b.bmp: results are written as .jpg, .png or .webp" in answer.err
    assert answer.error


@pytest.mark.parametrize(("name", "kind"), [("jpeg", "JPEG"), ("png", "PNG"), ("webp", "WEBP")])
def test_the_format_is_the_one_that_is_asked_for(tmp_path: Path, name: str, kind: str) -> None:
    put(tmp_path / "photos" / "a.jpg")
    put(tmp_path / "photos" / "b.png")
    assert not stylize(tmp_path / "photos", "-o", tmp_path / "out", "--format", name).error
    names = {"jpeg": ["a.jpg", "b.png.jpg"], "png": ["a.jpg.png", "b.png"], "webp": ["a.jpg.webp", "b.png.webp"]}
    assert files(tmp_path / "out") == names[name]
    for path in (tmp_path / "out").iterdir():
        with Image.open(path) as image:
            assert image.format == kind


def test_side_by_side_has_the_photo_on_the_left(tmp_path: Path) -> None:
    source, both, alone = put(tmp_path / "a.png"), tmp_path / "both.png", tmp_path / "alone.png"
    assert not stylize(source, "-o", both, "--side-by-side").error
    assert not stylize(source, "-o", alone).error
    assert np.array_equal(pixels(both), np.concatenate([photo(40, 60), pixels(alone)], axis=1))


@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_transparency_is_kept(tmp_path: Path, suffix: str) -> None:
    image = Image.fromarray(photo(40, 60)).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize((60, 40)))
    put(tmp_path / f"a.{suffix}", file_of(image, suffix))
    assert not stylize(tmp_path / f"a.{suffix}", "-o", tmp_path / "out").error
    result = decode_image(tmp_path / "out" / f"a.{suffix}")
    assert result.alpha is not None
    assert np.array_equal(result.alpha, np.asarray(image)[..., 3])


def test_a_photo_that_was_taken_upright_comes_out_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    put(tmp_path / "a.jpg", file_of(photo(40, 60), "JPEG", exif=exif))
    assert not stylize(tmp_path / "a.jpg", "-o", tmp_path / "b.png").error
    assert pixels(tmp_path / "b.png").shape == (60, 40, 3)
    assert apart(pixels(tmp_path / "b.png"), np.rot90(photo(40, 60), -1)).mean() < 60


def test_a_style_that_cannot_be_used_is_told_before_anything_is_done(tmp_path: Path, weights: Path) -> None:
    source, options = put(tmp_path / "a.jpg"), ("-o", tmp_path / "out")
    assert "no style 'oil'; known: ink, wash" in refusal(source, *options, "--style", "oil")
    assert "manage.py fetch_weights wash" in refusal(source, *options, "--style", "wash")
    (weights / "ink.safetensors").write_bytes(b"half")
    assert "ink.safetensors" in refusal(source, *options)
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA card")
def test_a_card_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "no CUDA card" in refusal(put(tmp_path / "a.jpg"), "-o", tmp_path / "out", "--device", "cuda")


def test_the_sites_back_end_is_used(tmp_path: Path, settings: Settings) -> None:
    settings.INFERENCE_BACKEND = "abacus"
    assert "INFERENCE_BACKEND is 'abacus'" in refusal(put(tmp_path / "a.jpg"), "-o", tmp_path / "out")


def test_an_unknown_format_or_detail_is_refused(tmp_path: Path) -> None:
    for wrong in (("--format", "gif"), ("--detail", "coarse"), ("--device", "tpu")):
        assert "invalid choice" in refusal(put(tmp_path / "a.jpg"), "-o", tmp_path / "out", *wrong)


def test_the_exit_status_tells_whether_all_went_well(
    engine: Engine, ink: Style, tmp_path: Path, weights: Path, var_dir: Path
) -> None:
    environment = {"WEIGHTS_DIR": str(weights), "VAR_DIR": str(var_dir), "DEFAULT_STYLE": "ink"}
    environment |= {"MEDIA_ROOT": str(tmp_path / "media"), "INFERENCE_DEVICE": "cpu"}
    good, bad = put(tmp_path / "good.png"), put(tmp_path / "bad.jpg", b"no photo")
    well = run_python("manage.py", "stylize", good, "-o", tmp_path / "out", **environment)
    assert (well.returncode, well.stdout.strip()) == (0, "1 converted, 0 skipped, 0 failed"), well.stderr
    assert np.array_equal(pixels(tmp_path / "out" / "good.png"), engine.stylize(photo(40, 60), ink))
    ill = run_python("manage.py", "stylize", good, bad, "-o", tmp_path / "out", **environment)
    assert (ill.returncode, ill.stdout.strip()) == (1, "0 converted, 1 skipped, 1 failed"), ill.stderr
    assert "CommandError: 1 of 2 could not be converted" in ill.stderr
    assert "Traceback" not in ill.stderr
