"""Faces in photos: found, converted upright and as large as the style wants them, put back or cut out."""

from inference.faces.align import Frame, cut, frame_of
from inference.faces.convert import MODES, MOST_FACES, NO_FACE, PORTRAIT_SIZES, Converted, stylize_faces
from inference.faces.detect import detect, detector_name
from inference.faces.face import LANDMARKS, Face, face_from
from inference.faces.landmarks import draw_landmarks

__all__ = [
    "LANDMARKS",
    "MODES",
    "MOST_FACES",
    "NO_FACE",
    "PORTRAIT_SIZES",
    "Converted",
    "Face",
    "Frame",
    "cut",
    "detect",
    "detector_name",
    "draw_landmarks",
    "face_from",
    "frame_of",
    "stylize_faces",
]
