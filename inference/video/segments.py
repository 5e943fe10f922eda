"""One segment of a video, from the source's frames to its file."""

from collections.abc import Callable, Generator
from contextlib import ExitStack, closing

import numpy as np

from inference.engine import Engine
from inference.errors import BadVideo, VideoCanceled
from inference.styles import Style
from inference.video.decoder import FrameDecoder
from inference.video.plan import DENOISING_REACH, SMOOTHING_REACH, VideoPlan
from inference.video.prefetch import prefetch
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

    def stylize(pixels: np.ndarray) -> np.ndarray:
        return engine.stylize(pixels, style, plan.options.detail)

    def wait() -> None:
        try:
            while_waiting()
        except BaseException:
            decoder.close()  # before the stages end: their threads may wait for it
            raise

    is_smoothed = plan.options.is_smoothed
    stylized = _widen(indices, SMOOTHING_REACH, plan) if is_smoothed else indices
    wanted = _widen(stylized, DENOISING_REACH, plan) if is_smoothed else indices
    with FrameDecoder(plan, wanted, is_limited=is_limited) as decoder, ExitStack() as stages:
        photos = stages.enter_context(closing(prefetch(decoder.frames())))
        if is_smoothed:
            denoised = denoise_frames(photos, stylized.start - wanted.start, len(stylized))
            frames = stages.enter_context(closing(prefetch(denoised)))
            pairs = prefetch(((frame.motion, stylize(frame.pixels)) for frame in frames), while_waiting=wait)
            stages.enter_context(closing(pairs))
            results = smooth_frames(pairs, indices.start - stylized.start, len(indices))
        else:
            results = prefetch((stylize(photo) for photo in photos), while_waiting=wait)
            stages.enter_context(closing(results))
        stages.callback(decoder.close)  # as above, where the caller wants no more
        yield from results


def _widen(indices: range, reach: int, plan: VideoPlan) -> range:
    return range(max(0, indices.start - reach), min(len(plan.times), indices.stop + reach))
