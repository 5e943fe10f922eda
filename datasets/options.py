"""What a data set is made with; two runs into one folder must agree on all of it."""

from dataclasses import asdict, dataclass
from typing import Any

PHOTO, ANIME = "photo", "anime"
PICTURE_KINDS = (PHOTO, ANIME)


@dataclass(frozen=True)
class DatasetOptions:
    """Sides in pixels of the source picture, but `size`, which is of the samples.

    The names are those of the command's options, and of the report's keys. Zero for `min_side` or `min_face` stands
    for what suits the size: a sample is then made from at least as many pixels as it has, or, of a face, from at least
    56 % as many a side.
    """

    faces: bool = False
    size: int = 256
    min_side: int = 0
    min_face: int = 0
    random_crops: int = 0
    # Variance of the Laplacian. Of 100 faces in real photos those out of focus had 26 and less, the softest that were
    # fit for use 68. Of whole pictures, photos as anime, no sharp one had less (56 the least), and blurred by 1.5
    # pixels of 256 over 90 % had.
    blur: float = 50.0
    # Bits of 64. Scaled, recompressed or brightened copies are 0 to 6 apart, different photos 14 and more.
    similar: int = 6
    val: float = 0.05

    @property
    def min_picture_side_px(self) -> int:
        return self.min_side or self.size

    @property
    def min_face_side_px(self) -> int:
        return self.min_face or self.size * 3 // 8

    def find_error(self) -> str | None:
        """Return which rule the values break, for the person who gave them; None if they break none."""
        rules = {
            "--size is from 32 to 2048": 32 <= self.size <= 2048,
            "--min-side and --min-face are not negative": min(self.min_side, self.min_face) >= 0,
            "--blur is not negative": self.blur >= 0,
            "--similar is from 0 to 16 of the 64 bits": 0 <= self.similar <= 16,
            "--val is a share, from 0 to less than 1": 0 <= self.val < 1,
            "--random-crops is from 0 to 100": 0 <= self.random_crops <= 100,
            "--random-crops is for whole pictures: leave out --faces": not (self.faces and self.random_crops),
        }
        return next((rule for rule, is_kept in rules.items() if not is_kept), None)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
