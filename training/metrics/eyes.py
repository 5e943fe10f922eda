"""How far open the eyes of faces are, by the landmarks of a published network.

MediaPipe's Face Mesh (Kartynnik, Ablavatski, Grishchenko, Grundmann: Real-time Facial Surface Geometry from Monocular
Video on Mobile GPUs, 2019; Apache-2.0) sees 468 landmarks in a square around a face. Its file, `face_landmark.tflite`,
is no part of this project; OpenVINO reads it as it is.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import openvino as ov

from imaging.faces import Face, crop_frame
from imaging.faces.align import frame_face

LANDMARKS = 468
INPUT_SHAPE = [1, 192, 192, 3]  # RGB, 0 to 1
FRAME_MARGIN = 1.5  # side of the square to that of the face
MIN_FACE_PX = 64  # a side; of a smaller face the lids are a matter of a pixel
MIN_SCORE = 0.5  # that there is a face
UPPER_LIDS, LOWER_LIDS = (159, 386), (145, 374)  # the middle of each eye's lids
FOREHEAD, CHIN = 10, 152


class FaceLandmarkNetwork:
    """From a square with an upright face to its landmarks."""

    def __init__(self, path: Path) -> None:
        """Raise ValueError, naming the file, for one that is not there or is another network."""
        try:
            model = ov.Core().read_model(path)
            shapes = [list(port.get_partial_shape().get_max_shape()) for port in (*model.inputs, *model.outputs)]
        except RuntimeError as error:
            raise ValueError(f"{path}: not a network that can be read ({str(error).splitlines()[0][:200]})") from error
        if shapes != [INPUT_SHAPE, [1, 1, 1, 3 * LANDMARKS], [1, 1, 1, 1]]:
            raise ValueError(f"{path}: not MediaPipe's face landmarks: its inputs and outputs are {shapes}")
        self._model = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def __call__(self, square: np.ndarray) -> np.ndarray | None:
        """Return float32 [468,2], x and y in pixels, of uint8 [192,192,3] RGB; None where no face is seen there."""
        landmarks, logit = list(self._model(square[None].astype(np.float32) / 255).values())
        if logit.item() < np.log(MIN_SCORE / (1 - MIN_SCORE)):
            return None
        return np.asarray(landmarks.reshape(LANDMARKS, 3)[:, :2])


def eye_height(landmarks: np.ndarray) -> float:
    """Return how far the lids are apart, a mean over both eyes, as a share of the height of the face.

    `landmarks`: [468,2]. The face goes from the top of the forehead to the chin.
    """
    lids = np.linalg.norm(landmarks[list(UPPER_LIDS)] - landmarks[list(LOWER_LIDS)], axis=1).mean()
    return float(lids / np.linalg.norm(landmarks[FOREHEAD] - landmarks[CHIN]))


def eye_heights(
    network: FaceLandmarkNetwork, pictures: Sequence[np.ndarray], faces: Sequence[Face]
) -> list[tuple[float, ...]]:
    """Return of each face its eye height in each of the pictures, uint8 [H,W,3] that show the same.

    `faces` are those of the photo. One that is small, or not seen in every picture, is left out.
    """
    rows = []
    height, width = pictures[0].shape[:2]
    for face in (one for one in faces if one.side_px(height, width) >= MIN_FACE_PX):
        frame = frame_face(face, height, width, FRAME_MARGIN)
        found = [network(crop_frame(picture, frame, INPUT_SHAPE[1])) for picture in pictures]
        heights = [eye_height(landmarks) for landmarks in found if landmarks is not None]
        if len(heights) == len(pictures):
            rows.append(tuple(heights))
    return rows
