from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from inference.architectures.compact import CompactGenerator
from inference.architectures.whitebox import from_published
from inference.backends.precision import supports_bfloat16
from tests.needs import SHARED
from tests.training.samples import picture, save_teacher
from training.checkpoints import save_weights
from training.data.photos import load_photo
from training.data.teachers import load_whitebox, load_whitebox_teacher

pytestmark = pytest.mark.no_database
WHITEBOX = SHARED / "reference" / "whitebox"
WEIGHTS = WHITEBOX / "whitebox_generator_fp16_oihw.safetensors"


def _case(name: str) -> tuple[np.ndarray, np.ndarray]:
    """A photo (uint8, BGR) and what TFLite makes of it (float32, BGR, unclipped)."""
    with np.load(WHITEBOX / f"tflite_case_{name}.npz") as case:
        return case["image_bgr_uint8"], case["output_bgr_float32"]


def _mean_difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(float) - b.astype(float)).mean())


@pytest.mark.shared
@pytest.mark.parametrize("name", ["a", "b"])
def test_the_network_computes_what_tflite_computes(name: str) -> None:
    image, expected = _case(name)
    x = torch.from_numpy(image.astype(np.float32) / 127.5 - 1).permute(2, 0, 1)[None]
    with torch.inference_mode():
        output = load_whitebox(WEIGHTS)(x)[0].permute(1, 2, 0).numpy()
    assert np.abs(output - expected).max() < 1e-3


@pytest.mark.shared
@pytest.mark.parametrize("name", ["a", "b"])
def test_the_exact_teacher_gives_tflites_picture_in_rgb(name: str) -> None:
    image, expected = _case(name)
    result = load_whitebox_teacher(WEIGHTS, exact=True)(image[..., ::-1])
    in_bytes = (np.clip(expected[..., ::-1], -1, 1) + 1) * 127.5
    assert np.abs(result - in_bytes).max() < 0.5 + 1e-3 * 127.5  # half a step is lost to rounding


@pytest.mark.shared
@pytest.mark.parametrize("name", ["a", "b"])
def test_the_fast_teacher_is_less_than_one_step_off_on_average(name: str) -> None:
    photo = _case(name)[0][..., ::-1]
    fast, exact = (load_whitebox_teacher(WEIGHTS, exact=exact)(photo) for exact in (False, True))
    assert _mean_difference(fast, exact) < 1
    assert fast.tobytes() != exact.tobytes() or not supports_bfloat16("cpu")


@pytest.mark.shared
def test_a_real_photo_becomes_flatter_and_stays_itself() -> None:
    photo = load_photo(SHARED / "data" / "photos" / "scenery" / "001.jpg", 256)
    result = load_whitebox_teacher(WEIGHTS)(photo)
    assert result.shape == photo.shape
    assert 2 < _mean_difference(result, photo) < 40


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_teacher(tmp_path_factory.mktemp("teacher") / "teacher.safetensors")


def test_a_result_is_a_picture_of_the_photos_size(weights: Path) -> None:
    photo = np.asarray(picture(1, (52, 36)))
    result = load_whitebox_teacher(weights)(photo)
    assert (result.shape, result.dtype) == (photo.shape, np.uint8)


def test_the_network_sees_bgr_and_the_result_is_rgb(weights: Path) -> None:
    photo = np.asarray(picture(1, (32, 24)))
    bgr = torch.from_numpy(photo[..., ::-1] / np.float32(127.5) - 1).permute(2, 0, 1)[None]
    with torch.inference_mode():
        output = load_whitebox(weights)(bgr)[0].permute(1, 2, 0).numpy()[..., ::-1]
    expected = (np.clip(output, -1, 1) + 1) * 127.5
    assert np.abs(load_whitebox_teacher(weights, exact=True)(photo) - expected).max() < 0.51


def test_fast_and_exact_hardly_differ_with_any_weights(weights: Path) -> None:
    photo = np.asarray(picture(2))
    fast, exact = (load_whitebox_teacher(weights, exact=exact)(photo) for exact in (False, True))
    assert _mean_difference(fast, exact) < 1


def test_the_same_photo_gets_the_same_answer(weights: Path) -> None:
    photo = np.asarray(picture(3))
    assert np.array_equal(load_whitebox_teacher(weights)(photo), load_whitebox_teacher(weights)(photo))


def test_every_published_tensor_has_its_place_and_its_values(weights: Path) -> None:
    published = load_file(weights)
    assert published["generator/block_2/conv1/weights"].dtype == torch.float16
    state = load_whitebox(weights).state_dict()
    assert state.keys() == from_published(published).keys()
    assert torch.equal(state["blocks.2.conv1.weight"], published["generator/block_2/conv1/weights"].float())
    assert torch.equal(state["conv0.bias"], published["generator/Conv/biases"].float())


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent\.safetensors"):
        load_whitebox(tmp_path / "absent.safetensors")


def test_a_file_of_something_else_is_named(tmp_path: Path, weights: Path) -> None:
    path = tmp_path / "other.safetensors"

    def is_refused() -> None:
        with pytest.raises(ValueError, match=r"other\.safetensors: not the published White-box generator") as caught:
            load_whitebox(path)
        assert len(str(caught.value)) < 600

    path.write_bytes(b"")
    is_refused()
    path.write_bytes(weights.read_bytes()[:-1000])
    is_refused()
    save_weights(CompactGenerator(), path, {})  # the project's own weights, taken for the teacher's
    is_refused()
    published = load_file(weights)
    save_file({name: tensor for name, tensor in published.items() if "block_3" not in name}, path)
    is_refused()
    save_file(published | {"generator/Conv_9/weights": torch.zeros(3, 32, 3, 3)}, path)
    is_refused()
