"""A site whose style is a published graph, and pictures of which it makes nothing."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from django.conf import LazySettings
from django.utils import translation

from accounts.models import User
from gallery.failures import get_failure
from gallery.models import JobState, VideoJob
from gallery.photos import conversion
from gallery.photos.conversion import ConversionOptions
from gallery.videos import worker
from imaging.decode import Picture
from imaging.encode import encode_image
from inference import runtime
from inference.errors import NonFiniteResult
from tests.gallery.videos import add_job, add_video
from tests.inference.graphs import write_flat_is_nan
from tests.inference.material import photo
from tests.inference.weights_server import entry, write_manifest


@pytest.fixture
def graph(tmp_path: Path, settings: LazySettings) -> Iterator[str]:
    folder = tmp_path / "weights"
    folder.mkdir()
    settings.WEIGHTS_DIR = folder
    settings.INFERENCE_CACHE_DIR = tmp_path / "compiled"
    runtime.get_style_registry.cache_clear()
    runtime.get_engine.cache_clear()
    write_flat_is_nan(folder / "contrast.onnx")
    write_manifest(folder, entry("contrast", architecture="graph", file="contrast.onnx", graph={"multiple": 1}))
    yield "contrast"
    runtime.get_style_registry.cache_clear()
    runtime.get_engine.cache_clear()


def _file(pixels: np.ndarray) -> bytes:
    return encode_image(Picture(pixels), "PNG", style=None)


@pytest.mark.django_db
def test_a_photo_is_converted_with_a_graph(graph: str) -> None:
    result = conversion.convert_image(_file(photo(60, 80)), ConversionOptions(style=graph, detail="balanced"))
    assert (result.width, result.height, result.engine, result.device) == (80, 60, "openvino", "cpu")


@pytest.mark.django_db
def test_a_picture_of_which_it_makes_nothing_is_told_in_the_language_of_the_visitor(graph: str) -> None:
    flat = np.full((60, 80, 3), 128, np.uint8)
    with pytest.raises(NonFiniteResult) as caught:
        conversion.convert_image(_file(flat), ConversionOptions(style=graph, detail="balanced"))
    failure = get_failure(caught.value)
    assert (failure.status, failure.message) == (
        422,
        "This style cannot convert this picture. Choose another style.",
    )
    assert not failure.is_for_all_files
    with translation.override("zh-hans"):
        assert get_failure(caught.value).message == "这种风格无法转换这张图片，请换一种风格。"


def test_a_video_is_converted_with_a_graph(graph: str, owner: User, db: None) -> None:
    job = add_job(add_video(owner), style=graph)
    worker.drain_queue()
    job = VideoJob.objects.get(pk=job.pk)
    assert (job.state, job.error) == (JobState.DONE, "")
    assert (job.engine, job.device) == ("openvino", "cpu")
