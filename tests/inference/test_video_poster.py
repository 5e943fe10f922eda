"""One picture of a video, before and after."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.errors import BadVideo
from inference.video import VideoLimits, VideoOptions, write_source_poster
from tests.inference.clips import Clip

pytestmark = pytest.mark.no_database
LIMITS = VideoLimits()


@dataclass(frozen=True)
class Part(Clip):
    """Of the same clip: every `step`-th picture from the one at `begin` on."""

    begin: int = 0
    step: int = 1

    def picture(self, number: int) -> np.ndarray:
        return super().picture(self.begin + self.step * number)


@pytest.mark.parametrize(
    ("options", "part", "expected"),
    [
        (VideoOptions(), Part(frames=30), 0),
        (VideoOptions(start=0.8, length=2.0), Part(frames=50, begin=20), 20),
        (VideoOptions(start=0.2), Part(frames=115, begin=5), 15),  # the key frame before a tenth of it is the one at 10
        (VideoOptions(is_rate_halved=True, long_side=64), Part(frames=60, width=64, height=36, step=2), 0),
    ],
    ids=["all", "from a start", "a later key frame", "half the frames, smaller"],
)
def test_the_picture_before_is_the_one_that_the_poster_was_made_of(
    tmp_path: Path, options: VideoOptions, part: Part, expected: int
) -> None:
    clip = Clip(frames=120)
    source, result = clip.write(tmp_path / "source.mp4"), part.write(tmp_path / "result.mp4")
    size = write_source_poster(source, result, options, tmp_path / "frame.jpg", LIMITS)
    assert size == (tmp_path / "frame.jpg").stat().st_size
    with Image.open(tmp_path / "frame.jpg") as image:
        assert image.size == (128, 72)
        shown = np.asarray(image, np.float32)
    distances = [float(np.abs(shown - clip.picture(number)).mean()) for number in range(40)]
    assert int(np.argmin(distances)) == expected


def test_of_a_part_that_is_not_there_is_no_picture(tmp_path: Path) -> None:
    source = Clip(frames=10).write(tmp_path / "source.mp4")
    with pytest.raises(BadVideo, match="nothing_chosen"):
        write_source_poster(source, source, VideoOptions(start=5.0), tmp_path / "frame.jpg", LIMITS)
    assert not (tmp_path / "frame.jpg").exists()
