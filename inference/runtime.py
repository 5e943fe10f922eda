"""The one place where inference meets the site's settings."""

from functools import cache

from django.conf import settings

from .engine import Engine, EngineSettings
from .styles import Registry


@cache
def registry() -> Registry:
    """The styles of this site."""
    return Registry(settings.WEIGHTS_DIR)


@cache
def engine() -> Engine:
    """The engine of this process, made on first use."""
    return Engine(
        EngineSettings(
            device=settings.INFERENCE_DEVICE,
            backend=settings.INFERENCE_BACKEND,
            cache_dir=settings.INFERENCE_CACHE_DIR,
            parallel=settings.INFERENCE_PARALLEL,
            wait_seconds=settings.INFERENCE_WAIT_SECONDS,
            waiting=settings.INFERENCE_WAITING,
            memory_bytes=settings.INFERENCE_MEMORY_MB * 2**20,
        )
    )
