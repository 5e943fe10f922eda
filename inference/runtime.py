"""The one place where inference meets the site's settings."""

import logging
import os
from functools import cache

from django.conf import settings

from imaging.errors import ImagingError
from inference.engine import Engine, EngineSettings
from inference.styles import StyleRegistry
from inference.warmup import WarmUp

logger = logging.getLogger(__name__)
warm_up = WarmUp()


@cache
def get_style_registry() -> StyleRegistry:
    """Return the styles of this site."""
    return StyleRegistry(settings.WEIGHTS_DIR)


_process_count: int = settings.WEB_PROCESSES


def set_process_count(processes: int) -> None:
    """Share the cores among so many processes like this one; before its engine is made."""
    global _process_count
    _process_count = processes


def _count_threads() -> int:
    """Return how many cores this process may use; 0, which is all, where it is the only one of its kind."""
    if _process_count == 1:
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // _process_count)


def build_engine_settings(device: str | None = None) -> EngineSettings:
    """Return those of the site; on another device, where one is named."""
    return EngineSettings(
        device=device or settings.INFERENCE_DEVICE,
        backend=settings.INFERENCE_BACKEND,
        precision=settings.INFERENCE_PRECISION,
        cache_dir=settings.INFERENCE_CACHE_DIR,
        parallel=settings.INFERENCE_PARALLEL,
        threads=settings.INFERENCE_THREADS or _count_threads(),
        wait_seconds=settings.INFERENCE_WAIT_SECONDS,
        max_waiting=settings.INFERENCE_WAITING,
        memory_bytes=settings.INFERENCE_MEMORY_MB * 2**20,
    )


@cache
def get_engine() -> Engine:
    """Return the engine of this process, made on first use."""
    return Engine(build_engine_settings())


def start_warm_up(style_id: str = "") -> None:
    """Load a style, DEFAULT_STYLE if none is named, in the background; for a server, when a process of it starts."""
    try:
        style = get_style_registry().get_available(style_id or settings.DEFAULT_STYLE)
    except ImagingError as error:
        logger.error("the engine could not be made ready: %s", error)
        return
    warm_up.start(get_engine(), style)
