"""Faces in photos: found, and cut out upright."""

from imaging.faces.align import FaceFrame, crop_frame, frame_face
from imaging.faces.detect import detect_faces, face_detector_name
from imaging.faces.face import LANDMARKS, Face, parse_face
from imaging.faces.landmarks import draw_landmarks

__all__ = [
    "LANDMARKS",
    "Face",
    "FaceFrame",
    "crop_frame",
    "detect_faces",
    "draw_landmarks",
    "face_detector_name",
    "frame_face",
    "parse_face",
]
