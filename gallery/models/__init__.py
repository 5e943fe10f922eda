from .exhibits import Complaint, Exhibit, Kind, Like, Report, State
from .pictures import Detail, Photo, Work
from .records import Act, Conversion, Decision

__all__ = [
    "Act",
    "Complaint",
    "Conversion",
    "Decision",
    "Detail",
    "Exhibit",
    "Kind",
    "Like",
    "Photo",
    "Report",
    "State",
    "Work",
]
