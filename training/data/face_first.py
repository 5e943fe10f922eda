"""A teacher for people and places: one generator for the faces, then another for the whole picture.

A generator of lines alone carves wrinkles into skin. Where a generator that is made for faces has given them clear
eyes and smooth skin first, the lines of the other fall on these. What has no face is the second one's alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imaging.faces import Face, crop_frame, detect_faces
from imaging.faces.align import frame_face
from imaging.faces.blend import paste_square

PictureConverter = Callable[[np.ndarray], np.ndarray]  # uint8 [H,W,3] RGB to the same
FaceFinder = Callable[[np.ndarray], Sequence[Face]]
FACE_MARGIN = 2.0  # side of the square to that of the face
MAX_FACES = 24  # of a photo
# What a generator of faces sees, and no more: tiny Cute, for one, opens eyes the less the larger they are, and hardly
# at all at 1024 pixels.
SQUARE_PX = 512
SMALL_SQUARE_PX = 256  # for faces that would have to be enlarged more than…
MAX_ENLARGEMENT = 6  # times


def choose_face_square_px(side: float) -> int:
    """Return the pixels to cut a square at that has `side` in the photo."""
    return SQUARE_PX if MAX_ENLARGEMENT * side >= SQUARE_PX else SMALL_SQUARE_PX


def make_face_finder(weights: Path | None) -> FaceFinder:
    """Return what finds the faces: YuNet where its file is in the folder `weights`, else OpenCV's cascades."""
    return lambda photo: detect_faces(photo, weights)


@dataclass(frozen=True)
class FaceFirstTeacher:
    """Converts the faces of a photo by `convert_face`, puts them back, and gives the whole to `convert`."""

    convert: PictureConverter
    convert_face: PictureConverter
    find_faces: FaceFinder

    def convert_faces(self, photo: np.ndarray) -> np.ndarray:
        """Return uint8 [H,W,3] RGB with its faces converted; where there is none, the photo as it is."""
        picture, (height, width) = photo.copy(), photo.shape[:2]
        for face in self.find_faces(photo)[:MAX_FACES]:
            frame = frame_face(face, height, width, FACE_MARGIN)
            square = crop_frame(photo, frame, choose_face_square_px(frame.side))
            paste_square(picture, self.convert_face(square), frame)
        return picture

    def __call__(self, photo: np.ndarray) -> np.ndarray:
        """Return the result of uint8 [H,W,3] RGB, as the same."""
        return self.convert(self.convert_faces(photo))
