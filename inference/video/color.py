"""What the numbers of a video's pixels mean (ITU-T H.273), as read and as written."""

from dataclasses import dataclass

from av.video.frame import VideoFrame

from imaging.color.spaces import BT2020, HLG, PQ

BT709, BT470BG, SMPTE170M = 1, 5, 6  # primaries and matrices have the same numbers
LIMITED = 1  # the range of numbers: 16 to 235
HD_HEIGHT = 720  # what is lower and does not say is BT.601, as browsers take it


@dataclass(frozen=True)
class OutputColor:
    """How a result says its colors; its range is always limited."""

    primaries: int
    transfer: int
    matrix: int


def color_matrix_of(frame: VideoFrame) -> int:
    """Return the matrix of a frame that is not in RGB, as it says or as is usual for its size."""
    if frame.colorspace in (BT709, BT470BG, SMPTE170M, BT2020):
        return int(frame.colorspace)
    if frame.color_primaries == BT2020 or frame.color_trc in (PQ, HLG):
        return BT2020
    return BT709 if min(frame.height, frame.width) >= HD_HEIGHT else SMPTE170M


def output_color(matrix: int) -> OutputColor:
    """Return those of the source where it is BT.601, else BT.709."""
    return (
        OutputColor(matrix, SMPTE170M, matrix) if matrix in (BT470BG, SMPTE170M) else OutputColor(BT709, BT709, BT709)
    )
