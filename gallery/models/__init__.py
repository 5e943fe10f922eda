from .exhibits import Complaint, Exhibit, Kind, Like, Report, State
from .pictures import Detail, Faces, Photo, Work
from .records import Act, Conversion, Decision

__all__ = [
    "Act",
    "Complaint",
    "Conversion",
    "Decision",
    "Detail",
    "Exhibit",
    "Faces",
    "Kind",
    "Like",
    "Photo",
    "Report",
    "State",
    "Work",
]
