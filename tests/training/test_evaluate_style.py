import json
import re
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from django.core.management import CommandError, call_command
from PIL import Image

from inference.architectures.compact import CompactGenerator
from tests.training.samples import picture, save_photo, save_vgg19, torchvision_vgg19
from training.checkpoints import save_weights
from training.metrics.evaluation import find_photo_pairs

pytestmark = pytest.mark.no_database


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    torch.manual_seed(4)
    save_weights(CompactGenerator(), tmp_path / "own.safetensors", {"network": "compact"})
    return tmp_path / "own.safetensors"


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Three photos, and as their anime the photos themselves, one pixel to the right."""
    folder = tmp_path / "pairs"
    folder.mkdir()
    for seed in range(3):
        photo = np.asarray(picture(seed, (64, 48)))
        Image.fromarray(photo).save(folder / f"{seed:03}_photo.png")
        Image.fromarray(np.roll(photo, 1, 1)).save(folder / f"{seed:03}_anime.png")
    return folder


def _evaluate(weights: Path | str, *arguments: str) -> tuple[str, dict[str, Any]]:
    out = StringIO()
    folder = Path(next(a for a in arguments if a.startswith("--out=")).removeprefix("--out="))
    call_command("evaluate_style", str(weights), *arguments, stdout=out)
    return out.getvalue(), json.loads((folder / "figures.json").read_text("utf-8"))


def _refusal(*arguments: str) -> str:
    with pytest.raises(CommandError) as caught:
        call_command("evaluate_style", *arguments, stdout=StringIO())
    return str(caught.value)


def test_pairs_of_the_same_names_in_folders_below_are_all_measured_each_with_its_own(pairs: Path) -> None:
    for name in ("one", "other"):
        (pairs / name).mkdir()
        for kind in ("photo", "anime"):
            picture(len(name)).save(pairs / name / f"000_{kind}.png")
    (pairs / "other" / "000_anime.png").unlink()
    found = find_photo_pairs([pairs])
    assert [(photo.parent, anime.parent) for photo, anime in found] == [(pairs, pairs)] * 3 + [(pairs / "one",) * 2]


def test_pairs_are_measured_with_the_photo_as_baseline(weights: Path, pairs: Path, tmp_path: Path) -> None:
    said, found = _evaluate(weights, f"--pairs={pairs}", f"--out={tmp_path / 'out'}")
    photo, result = found["figures"]["photo"], found["figures"]["result"]
    assert found["pictures"] == 3
    assert (found["style"], found["network"]) == ("own", "compact")
    assert photo["error, aligned"] == 0, "the photo is its anime, but for a pixel"
    assert photo["ssim, aligned"] == pytest.approx(1)
    assert photo["error"] > 1
    assert result["gabor distance"] > photo["gabor distance"] > 0
    assert result["error, aligned"] > 0
    assert (photo["edge strength"], photo["colour distance"]) == (1, 0)
    assert result["megapixels a second"] > 0
    with Image.open(tmp_path / "out" / "sheet.jpg") as sheet:
        assert sheet.size == (3 * 360, 3 * 360)
    assert "ssim, aligned" in said
    assert [line.split(";")[0] for line in said.splitlines() if "left out" in line] == [
        "left out: LPIPS",
        "left out: FID and KID",
    ]


def test_two_folders_are_matched_by_name(weights: Path, pairs: Path, tmp_path: Path) -> None:
    targets = tmp_path / "targets"
    targets.mkdir()
    (pairs / "001_anime.png").rename(targets / "001_photo.png")
    _, found = _evaluate(weights, f"--photos={pairs}", f"--targets={targets}", f"--out={tmp_path / 'out'}")
    assert found["pictures"] == 1
    assert "error" in found["figures"]["result"]


def test_photos_alone_have_figures_that_need_no_target(weights: Path, pairs: Path, tmp_path: Path) -> None:
    _, found = _evaluate(weights, f"--photos={pairs}", f"--out={tmp_path / 'out'}")
    names = {"edge strength", "colour distance", "color map share", "megapixels a second"}
    assert set(found["figures"]["result"]) == names
    assert found["pictures"] == 6


def test_with_vgg19_sets_are_compared(weights: Path, pairs: Path, tmp_path: Path) -> None:
    vgg19 = save_vgg19(tmp_path / "vgg19.pth", torchvision_vgg19())
    arguments = [f"--photos={pairs}", f"--anime={pairs}", f"--vgg19={vgg19}", f"--out={tmp_path / 'out'}"]
    _, found = _evaluate(weights, *arguments)
    photo, result = found["figures"]["photo"], found["figures"]["result"]
    assert photo["fid (vgg19)"] == pytest.approx(0, abs=1e-6)
    assert result["fid (vgg19)"] > photo["fid (vgg19)"]
    assert result["kid (vgg19)"] > photo["kid (vgg19)"]
    assert found["notes"] == []


def test_a_style_of_the_site_is_known_by_its_name(pairs: Path, tmp_path: Path) -> None:
    _, found = _evaluate("comic", f"--pairs={pairs}", f"--out={tmp_path / 'out'}")
    assert found["style"] == "comic"
    assert found["figures"]["result"]["edge strength"] > 0


def test_what_cannot_be_evaluated_is_told(weights: Path, pairs: Path, tmp_path: Path) -> None:
    assert "give either --pairs, or --photos" in _refusal(str(weights))
    assert "no pairs NNN_photo and NNN_anime" in _refusal(str(weights), f"--pairs={tmp_path / 'none'}")
    assert "absent: no such style, and no such file" in _refusal("absent", f"--pairs={pairs}")
    torch.save(CompactGenerator().state_dict(), tmp_path / "plain.pt")
    assert "say of which network it is, with --network" in _refusal(str(tmp_path / "plain.pt"), f"--pairs={pairs}")
    (tmp_path / "text.safetensors").write_text("hello", "utf-8")
    assert "not a safetensors file" in _refusal(str(tmp_path / "text.safetensors"), f"--pairs={pairs}")
    assert "not AlexNet" in _refusal(str(weights), f"--pairs={pairs}", "--lpips", str(weights), str(weights))
    assert "--shift must be 0 to 8" in _refusal(str(weights), f"--pairs={pairs}", "--shift=9")
    Image.new("RGB", (40, 40)).save(pairs / "001_anime.png")
    assert "001_anime.png: 40x40, and its photo 64x48" in _refusal(str(weights), f"--pairs={pairs}")
    for path in pairs.glob("*_anime.png"):
        path.write_bytes(b"\x89PNG")
    assert "no whole picture: " in _refusal(str(weights), f"--pairs={pairs}")


def test_a_bad_picture_is_named_and_the_others_are_measured(weights: Path, pairs: Path, tmp_path: Path) -> None:
    (pairs / "001_anime.png").write_bytes(b"\x89PNG")
    said, found = _evaluate(weights, f"--pairs={pairs}", f"--out={tmp_path / 'out'}")
    assert found["pictures"] == 2
    assert f"left out: {pairs / '001_anime.png'}: not a whole picture" in said


@pytest.mark.parametrize("size", [(100, 72), (72, 100), (95, 64)])
def test_a_pair_of_any_shape_is_measured(weights: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    (tmp_path / "pairs").mkdir()
    for kind in ("photo", "anime"):
        picture(1, size).save(tmp_path / "pairs" / f"000_{kind}.png")
    _, found = _evaluate(weights, f"--pairs={tmp_path / 'pairs'}", f"--out={tmp_path / 'out'}")
    assert found["figures"]["photo"]["error"] == 0


def test_distances_of_sets_need_two_photos(pairs: Path, tmp_path: Path) -> None:
    vgg19 = save_vgg19(tmp_path / "vgg19.pth", torchvision_vgg19())
    (tmp_path / "one").mkdir()
    picture(1).save(tmp_path / "one" / "a.png")
    said = _refusal("comic", f"--photos={tmp_path / 'one'}", f"--anime={pairs}", f"--vgg19={vgg19}")
    assert "FID and KID need 2 photos" in said


def test_a_style_is_measured_by_what_its_teacher_makes_of_the_same_photos(tmp_path: Path) -> None:
    for seed in range(3):
        save_photo(tmp_path / "photos" / f"{seed}.png", seed)
    arguments = [f"--photos={tmp_path / 'photos'}", "--teacher=comic", f"--out={tmp_path / 'out'}"]
    said, found = _evaluate("comic", *arguments)
    result, target = (found["figures"][name] for name in ("result", "target"))
    assert result["error"] < 0.1
    assert result["ssim"] > 0.999
    assert result["gradient energy"] == pytest.approx(1, abs=0.01)
    assert result["color map share"] == pytest.approx(target["color map share"], abs=0.01)
    assert 0 < target["color map share"] < 1
    assert "color map share" not in found["figures"]["photo"]
    assert found["figures"]["photo"]["error"] > 1
    assert re.search(r"error +0\.0\d\d  met +at most 5\n", said)
    assert re.search(r"eye height +not measured", said)
    said, _ = _evaluate("compact_paprika", *arguments, "--under=compact_face_paint")
    assert re.search(r"error +\d+\.\d+  missed +at most 5\n", said)


@pytest.mark.shared
def test_eyes_are_measured_on_the_faces_that_are_found(tmp_path: Path) -> None:
    shared = Path("../shared")
    (tmp_path / "photos").mkdir()
    for number in ("0497", "1402"):
        shutil.copy(shared / "data" / "faces" / f"{number}.jpg", tmp_path / "photos")
    landmarks = shared / "reference" / "faces" / "mediapipe_face_landmark.tflite"
    out = f"--out={tmp_path / 'out'}"
    _, found = _evaluate(
        "comic", f"--photos={tmp_path / 'photos'}", "--teacher=comic", f"--landmarks={landmarks}", out, "--size=320"
    )
    assert found["faces"] == 2
    assert found["figures"]["result"]["eye height, of target's"] == pytest.approx(1, abs=0.02)
    assert 0.03 < found["figures"]["photo"]["eye height"] < 0.09


def test_a_teacher_beside_other_targets_is_refused(pairs: Path) -> None:
    assert "--teacher makes the targets" in _refusal("comic", f"--pairs={pairs}", "--teacher=comic")
    assert "--under is for a --teacher" in _refusal("comic", f"--pairs={pairs}", "--under=comic")
    assert "nobody: no such style" in _refusal("comic", f"--photos={pairs}", "--teacher=nobody")
    assert "not a network that can be read" in _refusal("comic", f"--photos={pairs}", f"--landmarks={pairs / 'no'}")
