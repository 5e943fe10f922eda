"""The published generators themselves, beside an independent run of each."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from imaging.decode import decode_image
from imaging.samples import sample_file
from imaging.tensors import batch_to_image, image_to_batch
from inference.engine import Engine, EngineSettings
from inference.errors import NonFiniteResult
from inference.graphs.trial import try_graph
from inference.styles import Style
from tests.inference.graphs import graph_style
from tests.inference.material import WHITEBOX, style_of
from tests.needs import SHARED

pytestmark = [pytest.mark.no_database, pytest.mark.shared]
TEACHERS = SHARED / "reference" / "teachers"
HAYAO, SHINKAI, CUTE = (f"animeganv3_{name}.onnx" for name in ("hayao_36", "shinkai_37", "tiny_cute"))


@pytest.fixture(scope="module")
def single(compiled: Path) -> Engine:
    return Engine(EngineSettings(device="cpu", precision="single", cache_dir=compiled))


def _teacher(name: str, **graph: Any) -> Style:
    return graph_style(TEACHERS / name, **{"multiple": 16} | graph)


def _batch(height: int, width: int) -> np.ndarray:
    return image_to_batch(decode_image(sample_file()).pixels[:height, :width])


def _run(engine: Engine, name: str, batch: np.ndarray) -> np.ndarray:
    return engine.load_session(_teacher(name)).run(batch)


@pytest.mark.parametrize("name", [HAYAO, SHINKAI, CUTE])
def test_a_published_graph_gives_what_onnx_runtime_does(single: Engine, name: str) -> None:
    batch = _batch(96, 128)
    runtime = onnxruntime.InferenceSession(TEACHERS / name)
    (expected,) = runtime.run(None, {runtime.get_inputs()[0].name: batch.transpose(0, 2, 3, 1)})
    assert np.abs(_run(single, name, batch) - expected.transpose(0, 3, 1, 2)).max() < 1e-3


def test_the_frozen_graph_and_the_onnx_one_agree(single: Engine) -> None:
    batch = _batch(96, 128)
    results = [_run(single, name, batch) for name in (SHINKAI, "animeganv3_shinkai_37.pb")]
    assert np.abs(results[0] - results[1]).max() < 1e-3


@pytest.mark.parametrize("case", ["a", "b"])
def test_a_tflite_graph_gives_what_tflite_does(single: Engine, case: str) -> None:
    known = np.load(WHITEBOX / f"tflite_case_{case}.npz")
    path = WHITEBOX / "whitebox_cartoon_gan_fp16.tflite"
    style = replace(graph_style(path, height=224, width=224), color_order="bgr", working_size=224)
    result = single.load_session(style).run(image_to_batch(known["image_bgr_uint8"]))
    assert np.abs(result[0].transpose(1, 2, 0) - known["output_bgr_float32"]).max() < 1e-3
    pixels = single.stylize(np.ascontiguousarray(known["image_bgr_uint8"][..., ::-1]), style)
    expected = batch_to_image(known["output_bgr_float32"].transpose(2, 0, 1)[None])
    assert np.abs(pixels[..., ::-1].astype(int) - expected).max() <= 1


def test_half_precision_in_the_file_is_caught_where_it_is_too_little(single: Engine) -> None:
    """Its epsilon is 0 in half precision, so single precision does not mend it."""
    style = _teacher("animeganv3_hayao_36_fp16.tflite", height=512, width=512)
    with pytest.raises(NonFiniteResult):
        single.stylize(np.full((300, 400, 3), 128, np.uint8), style)


def test_the_graph_in_whole_numbers_and_the_published_checkpoint_show_the_same(single: Engine) -> None:
    """Both are AnimeGANv2's Hayao; one of them was rounded to eight bits."""
    picture = decode_image(sample_file()).pixels[:256, :256]
    in_whole_numbers = _teacher("animeganv2_hayao_int8.tflite", height=256, width=256)
    whole = single.stylize(picture, replace(in_whole_numbers, working_size=256))
    checkpoint = style_of(TEACHERS / "animeganv2_hayao_99.safetensors", "animegan2", upsampling="legacy")
    exact = single.stylize(picture, replace(checkpoint, working_size=256))
    other = single.stylize(picture, replace(checkpoint, working_size=256, upsampling="half_pixel"))
    error = np.abs(exact.astype(int) - whole).mean()
    assert error < 12
    assert error < np.abs(other.astype(int) - whole).mean() - 2


@pytest.fixture
def one_core() -> Iterator[None]:
    """Processes that are started meanwhile have one core of the processor."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    yield
    os.sched_setaffinity(0, cores)


@pytest.mark.usefixtures("one_core")
@pytest.mark.parametrize(("name", "multiple"), [(HAYAO, 8), (CUTE, 16)])
def test_a_trial_finds_the_multiple_on_a_machine_of_one_core(name: str, multiple: int) -> None:
    assert try_graph(TEACHERS / name).format.multiple == multiple
