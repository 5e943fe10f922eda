"""One segment of a video, from the source's frames to its file."""

from collections.abc import Callable, Generator
from contextlib import closing

import numpy as np

from inference.engine import Engine
from inference.errors import BadVideo, VideoCanceled
from inference.styles import Style
from inference.video.plan import DENOISING_REACH, SMOOTHING_REACH, VideoPlan
from inference.video.prefetch import prefetch
from inference.video.read import read_frames
from inference.video.smoothing import denoise_frames, smooth_frames
from inference.video.write import segment_writer


def convert_segment(
    plan: VideoPlan,
    index: int,
    engine: Engine,
    style: Style,
    *,
    on_frame: Callable[[int, np.ndarray], object] = lambda done, pixels: None,
    is_canceled: Callable[[], bool] = lambda: False,
) -> None:
    """Make the file of a segment; at once, if it is there already. Any process may do any segment at any time.

    `on_frame` is called after each frame with how many of this segment are done, and the frame, uint8 [H,W,3].
    `is_canceled` is asked before each frame. Both are called in the caller's thread, while others read and convert:
    it must not hold a slot of the engine. They ask for slots in the name of the caller's `requested_by`.
    Raise VideoCanceled, BadVideo (`damaged`), FileNotFoundError without the source, ValueError for another style than
    the plan's, and what `Engine.stylize` raises; then no file is left.
    """
    if plan.is_finished(index):
        return
    if style.id != plan.style:
        raise ValueError(f"the plan is for the style {plan.style}, not {style.id}")
    if not plan.source.exists():
        raise FileNotFoundError(plan.source)
    indices = plan.segment_frames(index)
    frames = stylize_frames(plan, indices, engine, style)
    with closing(frames), segment_writer(plan.segment_path(index), plan) as write:
        for done, index_in_plan in enumerate(indices, 1):
            if is_canceled():
                raise VideoCanceled
            frame = next(frames, None)
            if frame is None:
                raise BadVideo("damaged")
            write(frame, plan.times[index_in_plan] - plan.times[indices.start])
            on_frame(done, frame)


def stylize_frames(plan: VideoPlan, indices: range, engine: Engine, style: Style) -> Generator[np.ndarray]:
    """Yield results, uint8 [H,W,3], of these indices in `plan.times`: the same, whichever are done together."""
    if not plan.options.is_smoothed:
        yield from _stylize_each(plan, indices, engine, style)
        return
    stylized = _widen(indices, SMOOTHING_REACH, plan)
    wanted = _widen(stylized, DENOISING_REACH, plan)
    photos = prefetch(read_frames(plan, wanted))
    frames = prefetch(denoise_frames(photos, stylized.start - wanted.start, len(stylized)))
    results = prefetch((frame.motion, engine.stylize(frame.pixels, style, plan.options.detail)) for frame in frames)
    with closing(photos), closing(frames), closing(results):
        yield from smooth_frames(results, indices.start - stylized.start, len(indices))


def _stylize_each(plan: VideoPlan, indices: range, engine: Engine, style: Style) -> Generator[np.ndarray]:
    photos = prefetch(read_frames(plan, indices))
    with (
        closing(photos),
        closing(prefetch(engine.stylize(photo, style, plan.options.detail) for photo in photos)) as results,
    ):
        yield from results


def _widen(indices: range, reach: int, plan: VideoPlan) -> range:
    return range(max(0, indices.start - reach), min(len(plan.times), indices.stop + reach))
