"""The words for refused files."""

import pytest

from imaging.errors import BAD_IMAGE_TEXTS, describe_bad_image
from imaging.limits import ImageLimits
from inference.errors import BAD_VIDEO_TEXTS, describe_bad_video

pytestmark = pytest.mark.no_database


def image_text(reason: str) -> str:
    return describe_bad_image(reason, ImageLimits(max_pixels=50 * 10**6))


def video_text(reason: str) -> str:
    return describe_bad_video(reason, max_bytes=500 * 2**20, max_size="1080p", max_seconds=60)


@pytest.mark.parametrize("reason", BAD_IMAGE_TEXTS)
def test_every_reason_for_a_picture_is_a_sentence_without_gaps(reason: str) -> None:
    assert image_text(reason).endswith(".")
    assert "%" not in image_text(reason)


@pytest.mark.parametrize("reason", BAD_VIDEO_TEXTS)
def test_every_reason_for_a_video_is_a_sentence_without_gaps(reason: str) -> None:
    assert video_text(reason).endswith(".")
    assert "%" not in video_text(reason)


def test_limits_are_named() -> None:
    assert image_text("too_many_bytes") == video_text("too_many_bytes").replace("500", "25")
    assert "50 megapixels" in image_text("too_many_pixels")
    assert "1080p" in video_text("too_many_pixels")
    assert "60 seconds" in video_text("too_long")


def test_a_reason_that_nobody_knows_is_said_as_an_unreadable_file() -> None:
    assert image_text("new") == image_text("not_a_picture")
    assert video_text("new") == video_text("not_a_video")


def test_texts_are_translated_before_they_are_filled_in() -> None:
    text = describe_bad_image("too_many_bytes", ImageLimits(max_bytes=2**20), translate=lambda text: f"<{text}>")
    assert text == "<This file is larger than 1 MB.>"
