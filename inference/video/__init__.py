"""Videos, frame by frame through the engine, in segments that any worker can convert on its own.

    plan = make_plan(source, folder, style, Options(detail="balanced"))
    for index in plan.unfinished():
        convert_segment(plan, index, engine, style)
    join(plan, target)

From the file to the result:

    containers.py   which container it is, and whether all of it is there
    streams.py      what is opened, and how
    probe.py        what is in it, within limits: the times of all frames, the sound
    plan.py         which frames are converted, at what size, in which segments; kept in `folder` as plan.json
    read.py         the frames of a segment: upright, in RGB, with square pixels
    pipeline.py     stages in threads of their own
    smoothing.py    takes the flicker out of neighbouring results, along the motion
    write.py        H.264 in MP4
    segments.py     one segment from beginning to end
    sound.py        copied as it is where MP4 can have it, else as AAC
    join.py         the segments one after another, with sound, marked as made by AI
    poster.py       one frame, to show before the video plays or is finished
"""

from inference.video.join import join
from inference.video.plan import Options, Plan, make_plan, read_plan
from inference.video.poster import write_frame_under_poster, write_poster, write_still
from inference.video.probe import REASONS, VideoInfo, probe
from inference.video.segments import convert_segment
from inference.video_limits import SUFFIXES, Limits

__all__ = [
    "REASONS",
    "SUFFIXES",
    "Limits",
    "Options",
    "Plan",
    "VideoInfo",
    "convert_segment",
    "join",
    "make_plan",
    "probe",
    "read_plan",
    "write_frame_under_poster",
    "write_poster",
    "write_still",
]
