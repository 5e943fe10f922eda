"""All models of the gallery.

Private: photos, works, videos. Public: exhibits. Records: decisions, conversions, files that are still to be deleted.
The operator's: settings of styles.
"""

from gallery.models.exhibits import Exhibit, ExhibitKind, ExhibitState, Like, Report, ReportReason
from gallery.models.pictures import DetailLevel, FaceMode, Photo, Work
from gallery.models.records import Conversion, Decision, ModerationAction, PendingDeletion
from gallery.models.styles import ACTIVE_DOWNLOADS, DownloadState, StyleSetting
from gallery.models.videos import ACTIVE_STATES, JobState, Video, VideoJob, VideoSegment, VideoUpload, Worker

__all__ = [
    "ACTIVE_DOWNLOADS",
    "ACTIVE_STATES",
    "Conversion",
    "Decision",
    "DetailLevel",
    "DownloadState",
    "Exhibit",
    "ExhibitKind",
    "ExhibitState",
    "FaceMode",
    "JobState",
    "Like",
    "ModerationAction",
    "PendingDeletion",
    "Photo",
    "Report",
    "ReportReason",
    "StyleSetting",
    "Video",
    "VideoJob",
    "VideoSegment",
    "VideoUpload",
    "Work",
    "Worker",
]
