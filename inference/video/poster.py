"""One frame of a video as a picture, to show before it plays or is finished."""

from pathlib import Path

import numpy as np
from av.error import FFmpegError

from imaging.decode import Picture, shrink_picture
from imaging.encode import encode_image
from imaging.files import write_atomically
from imaging.labels import AigcLabel
from inference.errors import BadVideo
from inference.video.frame_sizes import PixelShapes
from inference.video.plan import VideoOptions, keyframe_before, select_times
from inference.video.probe import VideoInfo, probe_video
from inference.video.read import DecodedFrame, to_rgb
from inference.video.srgb import FrameConverter
from inference.video.streams import max_decoded_pixels, open_video, prepare_decoder, video_stream
from inference.video_limits import VideoLimits

POSTER_PX = 960
POSTER_POSITION = 0.1  # of the video: many begin with black


def write_poster(info: VideoInfo, path: Path, *, style: str | None = None, label: AigcLabel | None = None) -> int:
    """Write a JPEG of a frame, which says so where a style made it. Return its bytes. Raise BadVideo and OSError."""
    return path.write_bytes(_encode_jpeg(_decode(info, _poster_keyframe(info)), style, label))


def write_still(pixels: np.ndarray, path: Path, *, style: str) -> None:
    """Write a JPEG of a frame, uint8 [H,W,3], that a style made; who reads it meanwhile has the old or the new one.

    Raise OSError; then nothing has changed.
    """
    write_atomically(path, _encode_jpeg(pixels, style))


def write_source_poster(source: Path, result: Path, options: VideoOptions, path: Path, limits: VideoLimits) -> int:
    """Write a JPEG of the frame of `source` that the poster of `result` was made of. Return its bytes.

    `result` is what was converted with these options. Raise BadVideo and OSError.
    """
    made, info = probe_video(result, limits), probe_video(source, limits)
    keyframe = _poster_keyframe(made)
    number = 0 if keyframe is None else made.times.index(keyframe)  # frames of both are the same, one by one
    times = select_times(info, options)[2]
    time = times[min(number, len(times) - 1)]
    return path.write_bytes(_encode_jpeg(_decode(info, keyframe_before(info.keyframes, time), time), None))


def _encode_jpeg(pixels: np.ndarray, style: str | None, label: AigcLabel | None = None) -> bytes:
    return encode_image(shrink_picture(Picture(pixels), POSTER_PX), "JPEG", style=style, label=label)


def _poster_keyframe(info: VideoInfo) -> int | None:
    return keyframe_before(info.keyframes, info.times[int(POSTER_POSITION * (len(info.times) - 1))])


def _decode(info: VideoInfo, keyframe: int | None, time: int | None = None) -> np.ndarray:
    """Return the first frame that can be decoded from a key frame on; or the first of those at `time` or later."""
    with open_video(info.path, info.container) as file:
        stream = video_stream(file)
        shapes = PixelShapes(stream)
        prepare_decoder(stream, max_decoded_pixels(info.stored_pixels))
        if keyframe is not None:
            file.seek(keyframe, stream=stream)
        for packet in file.demux(stream):
            try:
                frames = packet.decode()
            except FFmpegError:
                continue
            shapes.note_packet(packet)
            for frame in frames:
                if time is None or (frame.pts is not None and frame.pts >= time):
                    decoded = DecodedFrame(frame, frame.pts or 0, shapes.shape_of(frame))
                    return to_rgb(decoded, info, FrameConverter())
    raise BadVideo("damaged")
