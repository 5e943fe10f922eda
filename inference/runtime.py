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
    """The styles of this site."""
    return StyleRegistry(settings.WEIGHTS_DIR)


_processes: int = settings.WEB_PROCESSES


def set_process_count(processes: int) -> None:
    """So many processes like this one convert at a time; said before its engine is made."""
    global _processes
    _processes = processes


def _share_of_cores() -> int:
    """Of those that this process may use; 0, which is all, where it is the only one of its kind."""
    if _processes == 1:
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // _processes)


def engine_settings(device: str | None = None) -> EngineSettings:
    """Those of the site; on another device, where one is named."""
    return EngineSettings(
        device=device or settings.INFERENCE_DEVICE,
        backend=settings.INFERENCE_BACKEND,
        precision=settings.INFERENCE_PRECISION,
        cache_dir=settings.INFERENCE_CACHE_DIR,
        parallel=settings.INFERENCE_PARALLEL,
        threads=settings.INFERENCE_THREADS or _share_of_cores(),
        wait_seconds=settings.INFERENCE_WAIT_SECONDS,
        max_waiting=settings.INFERENCE_WAITING,
        memory_bytes=settings.INFERENCE_MEMORY_MB * 2**20,
    )


@cache
def get_engine() -> Engine:
    """The engine of this process, made on first use."""
    return Engine(engine_settings())


def start_warm_up() -> None:
    """For a server, when a process of it starts."""
    try:
        style = get_style_registry().get_available(settings.DEFAULT_STYLE)
    except ImagingError as error:
        logger.error("the engine could not be made ready: %s", error)
        return
    warm_up.begin(get_engine(), style)
