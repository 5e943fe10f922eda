"""How what a video shows moves from one frame to the next.

Dense optical flow (DIS: Kroeger et al., ECCV 2016) follows whatever moves, but noise leads it astray where there is
little to follow, as in a dark sky. So the motion of the camera is taken wherever it explains the pixels as well.
"""

import cv2
import numpy as np

from inference.video.camera import camera_flow, estimate_gain, fit_camera, invert_camera
from inference.video.flow import Flow, FramePair, is_inside, visibility, warp

FLOW_MAX_SIDE = 640  # pixels of the long side that flow is found at, at most; it is kept at half of that
FLOW_MIN_SIDE = 64  # and of the short side, at least
FLOW_PRESET = cv2.DISOPTICAL_FLOW_PRESET_FAST
MIN_SEEN_SHARE = 0.4  # where less of a frame than this is seen in the next one, it is another scene
RESIDUAL_SIZE = 7  # pixels of the sides of the squares in which residuals are compared
CAMERA_TOLERANCE = 1.25, 0.5  # the residual of the camera may be so many times that of the flow, and levels more
NOISE_TOLERANCE = 2.5, 2.0  # the residual of what is seen: as many times the usual one, and levels more
MAX_NOISE = 12.0  # levels


def shrink_gray(photo: np.ndarray) -> np.ndarray:
    """Return a frame, uint8 [H,W,3], as `find_flows` takes it, uint8 [h,w]."""
    height, width = photo.shape[:2]
    scale = max(min(1.0, FLOW_MAX_SIDE / max(height, width)), FLOW_MIN_SIDE / min(height, width))
    gray = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    return cv2.resize(gray, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)


def find_flows(before: np.ndarray, after: np.ndarray) -> FramePair | None:
    """Return the flows both ways between frames of `shrink_gray`, at half their size; None across a cut."""
    finder = cv2.DISOpticalFlow.create(FLOW_PRESET)
    forward, back = (_halve_flow(finder.calc(*pair, np.empty(0))) for pair in ((before, after), (after, before)))
    size = (forward.shape[1], forward.shape[0])
    one, two = (cv2.resize(gray, size, interpolation=cv2.INTER_AREA).astype(np.float32) for gray in (before, after))
    to_after, to_before = Flow(forward, visibility(forward, back)), Flow(back, visibility(back, forward))
    if (camera := fit_camera(to_after, one, two)) is not None:
        to_after = _prefer_camera(to_after, camera, one, two)
        to_before = _prefer_camera(to_before, invert_camera(camera, size[0]), two, one)
    seen_share = min(to_after.seen.mean(), to_before.seen.mean())
    return FramePair(to_after, to_before) if seen_share >= MIN_SEEN_SHARE else None


def _halve_flow(flow: np.ndarray) -> np.ndarray:
    size = (flow.shape[1] // 2, flow.shape[0] // 2)
    return cv2.resize(flow, size, interpolation=cv2.INTER_AREA) * np.float32(0.5)


def _prefer_camera(flow: Flow, camera: np.ndarray, gray: np.ndarray, other: np.ndarray) -> Flow:
    """Return the flow, with the camera's motion where that explains `gray` by `other` as well."""
    to = camera_flow(camera, *gray.shape)
    residual, of_camera = _residual(flow.to, gray, other), _residual(to, gray, other)
    noise = min(MAX_NOISE, float(np.median(residual[::4, ::4])))
    is_camera = of_camera < CAMERA_TOLERANCE[0] * residual + CAMERA_TOLERANCE[1]
    is_alike = of_camera < NOISE_TOLERANCE[0] * noise + NOISE_TOLERANCE[1]
    is_seen = np.where(is_camera, (is_alike | (flow.seen > 0)) & is_inside(to), flow.seen > 0)
    return Flow(np.where(is_camera[..., None], to, flow.to), is_seen.astype(np.float32))


def _residual(to: np.ndarray, gray: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the mean absolute difference around each pixel, [h,w], of a frame and the other one moved onto it.

    A change of the light as a whole does not count.
    """
    moved = warp(other, to)
    return cv2.blur(cv2.absdiff(gray, moved * estimate_gain(gray, moved)), (RESIDUAL_SIZE, RESIDUAL_SIZE))
