"""Faces in photos: found, cut out upright, and put back."""

from imaging.faces.align import FaceFrame, crop_frame
from imaging.faces.detect import detect_faces, face_detector_name
from imaging.faces.draw import draw_faces
from imaging.faces.face import Face, FaceDict, parse_face

__all__ = [
    "Face",
    "FaceDict",
    "FaceFrame",
    "crop_frame",
    "detect_faces",
    "draw_faces",
    "face_detector_name",
    "parse_face",
]
