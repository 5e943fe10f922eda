"""Works of a photo whose faces are known, so that nothing has to be looked for."""

from typing import Any

from gallery.models import Photo, Work
from gallery.photos.conversion import ConversionOptions
from gallery.photos.services import convert_photo

# Two places in the photo of `photo_bytes`; the second head is tilted.
LEFT: dict[str, Any] = {
    "left": 0.1, "top": 0.2, "width": 0.25, "height": 0.3, "angle": 0.0, "score": 1.0, "landmarks": [],
}  # fmt: skip
RIGHT: dict[str, Any] = LEFT | {"left": 0.6, "width": 0.2, "height": 0.25, "angle": 20.0}


def know_faces(photo: Photo, *faces: dict[str, Any]) -> Photo:
    photo.faces = list(faces)
    photo.save(update_fields=["faces"])
    return photo


def portrait_of(work: Work, *, whose: int = 0) -> Work:
    """The portrait of one of two faces in the photo of a work."""
    photo = know_faces(work.photo, LEFT, RIGHT)
    return convert_photo(
        photo=photo,
        options=ConversionOptions(style="comic", detail="balanced", faces="portrait", face_numbers=(whose,)),
    )[0]
