"""What is made of a video: which frames at what size, and in which segments."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from fractions import Fraction
from itertools import pairwise
from math import inf
from pathlib import Path

from imaging.files import atomic_write
from inference.errors import BadVideo
from inference.sizes import DETAILS
from inference.styles import Style
from inference.video.orientation import Orientation
from inference.video.probe import VideoInfo, probe_video
from inference.video_limits import VideoLimits

SEGMENT_SECONDS = 3
SMOOTHING_REACH = 2  # results on each side that a smoothed one is made of
DENOISING_REACH = 1  # frames of the source on each side that each of them is made of
PLAN_NAME = "plan.json"
FORMAT = 1  # of the plan and the segments; others are begun again
# Fields of a plan that are stored under the names they once had.
STORED_KEYS = {
    "orientation": "turn",
    "color_matrix": "matrix",
    "keyframes": "keys",
    "segment_bounds": "borders",
    "audio_codec": "sound",
}
PRIMING_SECONDS = Fraction(1, 10)  # sound that begins so little before the picture only fills the decoder


@dataclass(frozen=True)
class VideoOptions:
    """What is to be made of a video.

    `detail` is as of pictures. `start` and `length` are in seconds of the source; no length: to its end.
    `is_rate_halved`: every second frame is left out. `long_side`: the result's in pixels at most; None: as the source.
    """

    detail: str = "balanced"
    start: float = 0.0
    length: float | None = None
    is_rate_halved: bool = False
    long_side: int | None = None
    is_smoothed: bool = True

    def __post_init__(self) -> None:
        """Raise ValueError for what makes no sense."""
        if self.detail not in DETAILS:
            raise ValueError(f"detail {self.detail!r} is not one of {', '.join(DETAILS)}")
        if not 0 <= self.start < inf or not (self.length is None or 0 < self.length < inf):
            raise ValueError("the start must be at least 0 s, and the length more, both finite")
        if self.long_side is not None and self.long_side < 32:
            raise ValueError("the long side must have at least 32 pixels")


@dataclass(frozen=True)
class VideoPlan:
    """All that a worker needs, with the engine and the style. Times are in units of `time_base`, of the source.

    `times`: of the frames that are converted. `segment_bounds`: indices in it where segments begin, and its length.
    `origin`: what becomes zero in the result; a first frame from before it is shown from there on. `end`: where the
    last frame ends. `width`, `height`: of the result, even.
    """

    folder: Path
    source: Path
    source_bytes: int
    container: str
    style: str
    style_version: str
    options: VideoOptions
    width: int
    height: int
    orientation: Orientation
    stored_pixels: int
    color_matrix: int
    time_base: Fraction
    rate: Fraction
    times: tuple[int, ...]
    keyframes: tuple[int, ...]
    segment_bounds: tuple[int, ...]
    origin: int
    end: int
    audio_codec: str | None
    format: int = FORMAT

    @property
    def segment_count(self) -> int:
        """Return how many segments there are."""
        return len(self.segment_bounds) - 1

    def segment_frames(self, index: int) -> range:
        """Return the indices in `times` of a segment's frames. Raise IndexError."""
        if not 0 <= index < self.segment_count:
            raise IndexError(f"segment {index} of {self.segment_count}")
        return range(self.segment_bounds[index], self.segment_bounds[index + 1])

    def segment_path(self, index: int) -> Path:
        """Return where the file of a segment is, or will be."""
        return self.folder / f"{index:05}.mp4"

    def is_finished(self, index: int) -> bool:
        """Return whether a segment is converted."""
        return self.segment_path(index).exists()

    def unfinished_segments(self) -> list[int]:
        """Return the segments that are still to be converted."""
        return [index for index in range(self.segment_count) if not self.is_finished(index)]

    @property
    def finished_frame_count(self) -> int:
        """Return how many frames are in segments that are converted."""
        return sum(len(self.segment_frames(index)) for index in range(self.segment_count) if self.is_finished(index))


def make_plan(
    source: Path, folder: Path, style: Style, options: VideoOptions | None = None, limits: VideoLimits | None = None
) -> VideoPlan:
    """Return a plan, kept in `folder`; segments that are finished there stay, if they are of the very same plan.

    Raise BadVideo (`nothing_chosen`: no frame is shown from the start within the length) and FileNotFoundError.
    """
    return plan_video(probe_video(source, limits), folder, style, options)


def plan_video(info: VideoInfo, folder: Path, style: Style, options: VideoOptions | None = None) -> VideoPlan:
    """Do what `make_plan` does, for a video that has been probed."""
    plan = _build_plan(info, folder, style, options or VideoOptions())
    path = folder / PLAN_NAME
    text = _to_json(plan)
    if not path.exists() or path.read_text("utf-8") != text:
        folder.mkdir(parents=True, exist_ok=True)
        for segment in folder.glob("[0-9]*.mp4*"):
            segment.unlink()
        with atomic_write(path) as part:
            part.write_text(text, "utf-8")
    return plan


def read_plan(folder: Path) -> VideoPlan:
    """Return the plan that `make_plan` left in the folder. Raise FileNotFoundError; ValueError for another form."""
    stored = json.loads((folder / PLAN_NAME).read_text("utf-8"))
    names = {key: name for name, key in STORED_KEYS.items()}
    values = {names.get(key, key): value for key, value in stored.items()}
    if values.get("format") != FORMAT or values.keys() != {field.name for field in fields(VideoPlan)}:
        raise ValueError(f"{folder}: a plan of another version")
    for name in ("folder", "source"):
        values[name] = Path(values[name])
    for name in ("time_base", "rate"):
        values[name] = Fraction(values[name])
    for name in ("times", "keyframes", "segment_bounds"):
        values[name] = tuple(values[name])
    values["options"] = VideoOptions(**values["options"])
    values["orientation"] = Orientation(**values["orientation"])
    return VideoPlan(**values)


def _to_json(plan: VideoPlan) -> str:
    # Byte for byte as earlier versions wrote it: a plan that differs would begin a half converted video again.
    values = {STORED_KEYS.get(name, name): value for name, value in asdict(plan).items()}
    return json.dumps(values, default=str)


def _build_plan(info: VideoInfo, folder: Path, style: Style, options: VideoOptions) -> VideoPlan:
    origin, end, times = select_times(info, options)
    width, height = _output_size(info.width, info.height, options.long_side)
    rate = info.rate / (2 if options.is_rate_halved else 1)
    return VideoPlan(
        folder=folder,
        source=info.path,
        source_bytes=info.path.stat().st_size,
        container=info.container,
        style=style.id,
        style_version=style.version,
        options=options,
        width=width,
        height=height,
        orientation=info.orientation,
        stored_pixels=info.stored_pixels,
        color_matrix=info.color_matrix,
        time_base=info.time_base,
        rate=rate,
        times=tuple(times),
        keyframes=tuple(time for time in info.keyframes if time <= times[-1]),
        segment_bounds=_segment_bounds(len(times), max(1, round(SEGMENT_SECONDS * rate))),
        origin=origin,
        end=end,
        audio_codec=info.audio_codec,
    )


def select_times(info: VideoInfo, options: VideoOptions) -> tuple[int, int, list[int]]:
    """Return (origin, end, times) as in `VideoPlan`. Raise BadVideo `nothing_chosen`."""
    origin = _first_moment(info)
    if options.start:
        origin += round(Fraction(options.start) / info.time_base)  # exactly: as a float it could be infinite
    end = video_end = info.times[-1] + info.last_duration
    if options.length is not None:
        end = min(end, origin + round(Fraction(options.length) / info.time_base))
    times = [time for time in info.times if origin <= time < end]
    if times and options.start:
        origin = times[0]
    elif not times and origin < video_end:
        times = [time for time in info.times if time <= origin][-1:]  # what is shown at the origin, and to the end
    if not times:
        raise BadVideo("nothing_chosen", seconds=info.seconds)
    return origin, end, times[::2] if options.is_rate_halved else times


def _first_moment(info: VideoInfo) -> int:
    """Return the first moment of picture or sound, in units of the picture's time base."""
    first = info.times[0]
    if info.audio_start is None or info.audio_start > first * info.time_base - PRIMING_SECONDS:
        return first
    return int(info.audio_start / info.time_base)


def _output_size(width: int, height: int, long_side: int | None) -> tuple[int, int]:
    scale = min(1.0, (long_side or max(width, height)) / max(width, height))
    return max(2, round(width * scale) // 2 * 2), max(2, round(height * scale) // 2 * 2)


def _segment_bounds(frame_count: int, segment_length: int) -> tuple[int, ...]:
    """Return bounds of segments of `segment_length` frames; less than half of one at the end joins the one before."""
    starts = list(range(0, frame_count, segment_length))
    if len(starts) > 1 and frame_count - starts[-1] < segment_length / 2:
        starts.pop()
    return (*starts, frame_count)


def keyframe_before(keyframes: Sequence[int], time: int) -> int | None:
    """Return the last key frame at or before that time; None if there is none."""
    return max((keyframe for keyframe in keyframes if keyframe <= time), default=None)


def presentation_times(plan: VideoPlan) -> list[int]:
    """Return when each frame is shown in the result, in units of the time base."""
    return [max(0, time - plan.origin) for time in plan.times]


def frame_durations(plan: VideoPlan) -> list[int]:
    """Return how long each frame is shown, in units of the time base."""
    starts = presentation_times(plan)
    return [after - time for time, after in pairwise((*starts, max(plan.end - plan.origin, starts[-1] + 1)))]
