"""All models of the gallery. Private: photos, works, videos. Public: exhibits. Records: decisions, conversions."""

from gallery.models.exhibits import Exhibit, ExhibitKind, ExhibitState, Like, Report, ReportReason
from gallery.models.pictures import DetailLevel, FaceMode, Photo, Work
from gallery.models.records import Conversion, Decision, ModerationAction
from gallery.models.videos import ACTIVE_STATES, JobState, Video, VideoJob, VideoSegment, VideoUpload, Worker

__all__ = [
    "ACTIVE_STATES",
    "Conversion",
    "Decision",
    "DetailLevel",
    "Exhibit",
    "ExhibitKind",
    "ExhibitState",
    "FaceMode",
    "JobState",
    "Like",
    "ModerationAction",
    "Photo",
    "Report",
    "ReportReason",
    "Video",
    "VideoJob",
    "VideoSegment",
    "VideoUpload",
    "Work",
    "Worker",
]
