"""All models of the gallery.

Private: photos, works, videos, comparisons of styles. Public: exhibits. Records: decisions, conversions, files that are
still to be deleted. The operator's: settings of styles.
"""

from gallery.models.exhibits import Exhibit, ExhibitKind, ExhibitState, Like, Report, ReportReason
from gallery.models.pictures import ConversionSpeed, DetailLevel, FaceMode, Photo, Work
from gallery.models.records import Conversion, Decision, ModerationAction, PendingDeletion
from gallery.models.studies import Study, StudyPhoto, StudyResult, StudyVote, VoteOutcome
from gallery.models.styles import ACTIVE_DOWNLOADS, DownloadState, StyleSetting
from gallery.models.videos import ACTIVE_STATES, JobState, Video, VideoJob, VideoSegment, VideoUpload, Worker

__all__ = [
    "ACTIVE_DOWNLOADS",
    "ACTIVE_STATES",
    "Conversion",
    "ConversionSpeed",
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
    "Study",
    "StudyPhoto",
    "StudyResult",
    "StudyVote",
    "StyleSetting",
    "Video",
    "VideoJob",
    "VideoSegment",
    "VideoUpload",
    "VoteOutcome",
    "Work",
    "Worker",
]
