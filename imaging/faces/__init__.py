"""Faces in photos: found, cut out upright, and put back."""

from imaging.faces.align import FaceFrame, crop_frame, frame_face
from imaging.faces.detect import detect_faces, face_detector_name
from imaging.faces.draw import draw_faces
from imaging.faces.face import LANDMARK_NAMES, Face, FaceDict, parse_face

__all__ = [
    "LANDMARK_NAMES",
    "Face",
    "FaceDict",
    "FaceFrame",
    "crop_frame",
    "detect_faces",
    "draw_faces",
    "face_detector_name",
    "frame_face",
    "parse_face",
]
