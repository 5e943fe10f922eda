from .exhibits import Complaint, Exhibit, Kind, Like, Report, State
from .pictures import Detail, Faces, Photo, Work
from .records import Act, Conversion, Decision
from .videos import ACTIVE, JobState, Video, VideoJob, VideoSegment, VideoUpload, Worker

__all__ = [
    "ACTIVE",
    "Act",
    "Complaint",
    "Conversion",
    "Decision",
    "Detail",
    "Exhibit",
    "Faces",
    "JobState",
    "Kind",
    "Like",
    "Photo",
    "Report",
    "State",
    "Video",
    "VideoJob",
    "VideoSegment",
    "VideoUpload",
    "Work",
    "Worker",
]
