from .pictures import Detail, Photo, Work

__all__ = ["Detail", "Photo", "Work"]
