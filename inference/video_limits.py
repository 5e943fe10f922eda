"""What a video may be. Apart from `video`, whose decoders a process that only takes videos in has no use for."""

import math
from dataclasses import dataclass

VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov", ".webm", ".mkv")


@dataclass(frozen=True)
class VideoLimits:
    """What is refused, of the source: its bytes, the pixels of a frame, its length, its frames."""

    bytes: int = 500 * 2**20
    pixels: int = 3840 * 2160
    seconds: float = 600.0
    frames: int = 600 * 60


# Only what cannot fit into memory is refused: for an operator's own files, and what was within the limits once.
NO_VIDEO_LIMITS = VideoLimits(bytes=2**50, pixels=8192 * 8192, seconds=math.inf, frames=2**31)
