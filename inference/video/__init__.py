"""Videos, frame by frame through the engine, in segments that any worker can convert on its own.

    plan = make_plan(source, folder, style, VideoOptions(detail="balanced"))
    for index in plan.unfinished_segments():
        convert_segment(plan, index, engine, style)
    join_segments(plan, target)

From the file to the result:

    containers.py   which container it is, and whether all of it is there
    streams.py      what is opened, and how
    probe.py        what is in it, within limits: the times of all frames, the sound
    frame_sizes.py  how large they are, where that changes on the way
    plan.py         which frames are converted, at what size, in which segments; kept in `folder` as plan.json
    read.py         the frames of a segment: upright, with square pixels
    srgb.py         frames in RGB: wide gamut and HDR brought to what every screen shows
    decoder.py      the frames in a process of its own, with limits, which can be ended at any moment
    prefetch.py     stages in threads of their own
    flow.py         optical flow: where each pixel lies in another frame
    camera.py       how the camera moved
    motion.py       the flow between neighboring frames, or that they are of two scenes
    smoothing.py    takes the noise out of neighboring frames and the flicker out of their results, along the motion
    write.py        H.264 in MP4
    segments.py     one segment from beginning to end
    audio.py        sound, copied as it is where MP4 can have it, else as AAC
    join.py         the segments one after another, with sound, marked as made by AI
    labels.py       what a video says of how it was made, and other labels for it
    visible_label.py the visible label on its first seconds
    poster.py       one frame, to show before the video plays or is finished
"""

from inference.video.decoder import join_in_process, probe_in_process
from inference.video.join import join_segments
from inference.video.labels import label_video, read_video_marks
from inference.video.plan import VideoOptions, VideoPlan, make_plan, plan_video, read_plan
from inference.video.poster import write_poster, write_source_poster, write_still
from inference.video.probe import VideoInfo, probe_video
from inference.video.segments import convert_segment
from inference.video_limits import VIDEO_SUFFIXES, VideoLimits

__all__ = [
    "VIDEO_SUFFIXES",
    "VideoInfo",
    "VideoLimits",
    "VideoOptions",
    "VideoPlan",
    "convert_segment",
    "join_in_process",
    "join_segments",
    "label_video",
    "make_plan",
    "plan_video",
    "probe_in_process",
    "probe_video",
    "read_plan",
    "read_video_marks",
    "write_poster",
    "write_source_poster",
    "write_still",
]
