from gallery.models.exhibits import Complaint, Exhibit, Kind, Like, Report, State
from gallery.models.pictures import Detail, Faces, Photo, Work
from gallery.models.records import Act, Conversion, Decision
from gallery.models.videos import ACTIVE, JobState, Video, VideoJob, VideoSegment, VideoUpload, Worker

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
