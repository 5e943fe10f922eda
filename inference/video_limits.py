"""What a video may be. Apart from `video`, whose decoders a process that only takes videos in has no use for."""

import math
from dataclasses import dataclass

VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov", ".webm", ".mkv")


@dataclass(frozen=True)
class VideoLimits:
    """What is refused, of the source: its bytes, the pixels of a frame, its length, its frames.

    The short side of a frame is limited on its own: "1080p" is that to people, whatever the long side.
    """

    max_bytes: int = 500 * 2**20
    max_pixels: int = 3840 * 2160
    max_seconds: float = 600.0
    max_frames: int = 600 * 60
    max_short_side: int = 65536


# Only what cannot fit into memory is refused: for an operator's own files, and what was within the limits once.
NO_VIDEO_LIMITS = VideoLimits(max_bytes=2**50, max_pixels=8192 * 8192, max_seconds=math.inf, max_frames=2**31)
