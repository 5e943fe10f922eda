"""What is made of a video: which frames at what size, and in which segments."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from fractions import Fraction
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Any

from imaging.files import atomic_write
from inference.errors import BadVideo
from inference.sizes import DETAILS
from inference.styles import Style
from inference.video.probe import VideoInfo, probe
from inference.video.turning import Turn
from inference.video_limits import Limits

SEGMENT_SECONDS = 3
REACH = 2  # frames on each side that a smoothed one is made of
FORMAT = 1  # of the plan and the segments; others are begun again
PRIMING_SECONDS = Fraction(1, 10)  # sound that begins so little before the picture only fills the decoder


@dataclass(frozen=True)
class Options:
    """`detail` as of pictures. `start`, `length` in seconds of the source; no length: to its end. `is_rate_halved`:

    every second frame is left out. `long_side`: the result's in pixels at most; None: as the source.
    """

    detail: str = "balanced"
    start: float = 0.0
    length: float | None = None
    is_rate_halved: bool = False
    long_side: int | None = None
    is_smoothed: bool = True

    def __post_init__(self) -> None:
        """Raises ValueError for what makes no sense."""
        if self.detail not in DETAILS:
            raise ValueError(f"detail {self.detail!r} is not one of {', '.join(DETAILS)}")
        if not 0 <= self.start < inf or not (self.length is None or 0 < self.length < inf):
            raise ValueError("the start must be at least 0 s, and the length more, both finite")
        if self.long_side is not None and self.long_side < 32:
            raise ValueError("the long side must have at least 32 pixels")


@dataclass(frozen=True)
class Plan:
    """All that a worker needs, with the engine and the style. Times are in units of `time_base`, of the source.

    `times`: of the frames that are converted. `borders`: places in it where segments begin, and its length. `origin`:
    what becomes zero in the result; a first frame from before it is shown from there on. `end`: where the last frame
    ends. `width`, `height`: of the result, even.
    """

    folder: Path
    source: Path
    source_bytes: int
    container: str
    style: str
    style_version: str
    options: Options
    width: int
    height: int
    turn: Turn
    stored_pixels: int
    matrix: int
    time_base: Fraction
    rate: Fraction
    times: tuple[int, ...]
    keys: tuple[int, ...]
    borders: tuple[int, ...]
    origin: int
    end: int
    sound: str | None
    format: int = FORMAT

    @property
    def segments(self) -> int:
        return len(self.borders) - 1

    def frames_of(self, index: int) -> range:
        """The places in `times` of a segment's frames. Raises IndexError."""
        if not 0 <= index < self.segments:
            raise IndexError(f"segment {index} of {self.segments}")
        return range(self.borders[index], self.borders[index + 1])

    def segment_path(self, index: int) -> Path:
        return self.folder / f"{index:05}.mp4"

    def is_finished(self, index: int) -> bool:
        return self.segment_path(index).exists()

    def unfinished(self) -> list[int]:
        return [index for index in range(self.segments) if not self.is_finished(index)]

    @property
    def frames_done(self) -> int:
        return sum(len(self.frames_of(index)) for index in range(self.segments) if self.is_finished(index))


def make_plan(
    source: Path, folder: Path, style: Style, options: Options | None = None, limits: Limits | None = None
) -> Plan:
    """A plan, kept in `folder`; segments that are finished there stay, if they are of the very same plan.

    Raises BadVideo (`nothing_chosen`: no frame is shown from the start within the length) and FileNotFoundError.
    """
    options = options or Options()
    plan = _lay_out(probe(source, limits), folder, style, options)
    path = folder / "plan.json"
    text = _to_json(plan)
    if not path.exists() or path.read_text("utf-8") != text:
        folder.mkdir(parents=True, exist_ok=True)
        for segment in folder.glob("[0-9]*.mp4*"):
            segment.unlink()
        with atomic_write(path) as part:
            part.write_text(text, "utf-8")
    return plan


def read_plan(folder: Path) -> Plan:
    """The plan that `make_plan` has left in the folder. Raises FileNotFoundError; ValueError for another form."""
    values = json.loads((folder / "plan.json").read_text("utf-8"))
    if values.get("format") != FORMAT or values.keys() != {field.name for field in fields(Plan)}:
        raise ValueError(f"{folder}: a plan of another version")
    for name in ("folder", "source"):
        values[name] = Path(values[name])
    for name in ("time_base", "rate"):
        values[name] = Fraction(values[name])
    for name in ("times", "keys", "borders"):
        values[name] = tuple(values[name])
    values["options"], values["turn"] = Options(**values["options"]), Turn(**values["turn"])
    return Plan(**values)


def _to_json(plan: Plan) -> str:
    def plain(value: Any) -> str:
        return str(value)

    return json.dumps(asdict(plan), default=plain)


def _lay_out(info: VideoInfo, folder: Path, style: Style, options: Options) -> Plan:
    origin, end, times = chosen_times(info, options)
    width, height = _size(info.width, info.height, options.long_side)
    rate = info.rate / (2 if options.is_rate_halved else 1)
    return Plan(
        folder=folder,
        source=info.path,
        source_bytes=info.path.stat().st_size,
        container=info.container,
        style=style.id,
        style_version=style.version,
        options=options,
        width=width,
        height=height,
        turn=info.turn,
        stored_pixels=info.stored_pixels,
        matrix=info.matrix,
        time_base=info.time_base,
        rate=rate,
        times=tuple(times),
        keys=tuple(key for key in info.keys if key <= times[-1]),
        borders=_borders(len(times), max(1, round(SEGMENT_SECONDS * rate))),
        origin=origin,
        end=end,
        sound=info.sound,
    )


def chosen_times(info: VideoInfo, options: Options) -> tuple[int, int, list[int]]:
    """(origin, end, times) as in `Plan`. Raises BadVideo `nothing_chosen`."""
    origin = _begin(info)
    if options.start:
        origin += round(Fraction(options.start) / info.time_base)  # exactly: as a float it could be infinite
    end = over = info.times[-1] + info.last
    if options.length is not None:
        end = min(end, origin + round(Fraction(options.length) / info.time_base))
    times = [time for time in info.times if origin <= time < end]
    if times and options.start:
        origin = times[0]
    elif not times and origin < over:
        times = [time for time in info.times if time <= origin][-1:]  # what is shown at the origin, and to the end
    if not times:
        raise BadVideo("nothing_chosen", seconds=info.seconds)
    return origin, end, times[::2] if options.is_rate_halved else times


def _begin(info: VideoInfo) -> int:
    """The first moment of picture or sound, in units of the picture's time base."""
    first = info.times[0]
    if info.sound_begins is None or info.sound_begins > first * info.time_base - PRIMING_SECONDS:
        return first
    return int(info.sound_begins / info.time_base)


def _size(width: int, height: int, long_side: int | None) -> tuple[int, int]:
    scale = min(1.0, (long_side or max(width, height)) / max(width, height))
    return max(2, round(width * scale) // 2 * 2), max(2, round(height * scale) // 2 * 2)


def _borders(frames: int, each: int) -> tuple[int, ...]:
    """Segments of `each` frames; a rest of less than half a segment belongs to the one before."""
    begins = list(range(0, frames, each))
    if len(begins) > 1 and frames - begins[-1] < each / 2:
        begins.pop()
    return (*begins, frames)


def key_before(keys: Sequence[int], time: int) -> int | None:
    """The last key frame at or before that time; None if there is none."""
    return max((key for key in keys if key <= time), default=None)


def shown_times(plan: Plan) -> list[int]:
    """When each frame is shown in the result, in units of the time base."""
    return [max(0, time - plan.origin) for time in plan.times]


def durations(plan: Plan) -> list[int]:
    """How long each frame is shown, in units of the time base."""
    begins = shown_times(plan)
    return [after - time for time, after in pairwise((*begins, max(plan.end - plan.origin, begins[-1] + 1)))]
