"""One segment of a video, from the source's frames to its file."""

from collections.abc import Callable, Generator
from contextlib import closing

import numpy as np

from inference.engine import Engine
from inference.errors import BadVideo, VideoCanceled
from inference.styles import Style
from inference.video.decoder import FrameDecoder
from inference.video.plan import SMOOTHING_REACH, VideoPlan
from inference.video.prefetch import prefetch
from inference.video.smoothing import smooth_frames
from inference.video.write import segment_writer


def convert_segment(
    plan: VideoPlan,
    index: int,
    engine: Engine,
    style: Style,
    *,
    on_frame: Callable[[int, np.ndarray], object] = lambda done, pixels: None,
    is_canceled: Callable[[], bool] = lambda: False,
    is_limited: bool = False,
) -> None:
    """Make the file of a segment; at once, if it is there already. Any process may do any segment at any time.

    `on_frame` is called after each frame with how many of this segment are done, and the frame, uint8 [H,W,3].
    `is_canceled` is asked before each frame, and several times a second while one is awaited: the source is decoded by
    a process, which is ended then. `is_limited`: that process has limits of time and memory, for files of strangers.
    Both are called in the caller's thread, while others read and convert: it must not hold a slot of the engine. They
    ask for slots in the name of the caller's `requested_by`.
    Raise VideoCanceled, BadVideo (`damaged`, `too_slow`), FileNotFoundError without the source, ValueError for another
    style than the plan's, and what `Engine.stylize` raises; then no file is left.
    """
    if plan.is_finished(index):
        return
    if style.id != plan.style:
        raise ValueError(f"the plan is for the style {plan.style}, not {style.id}")
    if not plan.source.exists():
        raise FileNotFoundError(plan.source)
    indices = plan.segment_frames(index)

    def raise_if_canceled() -> None:
        if is_canceled():
            raise VideoCanceled

    frames = stylize_frames(plan, indices, engine, style, while_waiting=raise_if_canceled, is_limited=is_limited)
    with closing(frames), segment_writer(plan.segment_path(index), plan) as write:
        for done, index_in_plan in enumerate(indices, 1):
            raise_if_canceled()
            frame = next(frames, None)
            if frame is None:
                raise BadVideo("damaged")
            write(frame, plan.times[index_in_plan] - plan.times[indices.start])
            on_frame(done, frame)


def stylize_frames(
    plan: VideoPlan,
    indices: range,
    engine: Engine,
    style: Style,
    *,
    while_waiting: Callable[[], object] = lambda: None,
    is_limited: bool = False,
) -> Generator[np.ndarray]:
    """Yield results, uint8 [H,W,3], of these indices in `plan.times`: the same, whichever are done together.

    `while_waiting`: as of `prefetch`.
    """
    reach = SMOOTHING_REACH if plan.options.is_smoothed else 0
    first = max(0, indices.start - reach)
    with_neighbors = range(first, min(len(plan.times), indices.stop + reach))
    with FrameDecoder(plan, with_neighbors, is_limited=is_limited) as decoder:
        photos = prefetch(decoder.frames())
        results = ((photo, engine.stylize(photo, style, plan.options.detail)) for photo in photos)
        pairs = prefetch(results, while_waiting=while_waiting)
        try:
            if plan.options.is_smoothed:
                yield from smooth_frames(pairs, indices.start - first, len(indices))
            else:
                yield from (result for _photo, result in pairs)
        finally:
            decoder.close()  # the threads may wait for it
            pairs.close()
            photos.close()
