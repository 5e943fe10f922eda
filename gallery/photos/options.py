"""What somebody wants made of a photo."""

from dataclasses import dataclass, replace

from gallery.models import FaceMode


@dataclass(frozen=True)
class ConversionOptions:
    """`chosen` are numbers of the photo's faces; None: all of them, or for a portrait the first, the largest."""

    style: str
    detail: str
    faces: str = FaceMode.OFF
    chosen: tuple[int, ...] | None = None

    def among(self, count: int) -> "ConversionOptions":
        """The same for a photo with so many faces, said in full: choices that make the same are equal.

        Without a face it is the whole picture.
        """
        if self.faces == FaceMode.OFF:
            return replace(self, chosen=())
        chosen = range(count) if self.chosen is None else sorted(set(self.chosen) & set(range(count)))
        if self.faces == FaceMode.PORTRAIT:
            chosen = chosen[:1]
        return replace(self, faces=self.faces if chosen else FaceMode.OFF, chosen=tuple(chosen))

    @property
    def fields(self) -> dict[str, str]:
        """Those of the work that this makes, once it is said in full."""
        numbers = " ".join(map(str, self.chosen or ()))
        return {"style": self.style, "detail": self.detail, "faces": self.faces, "chosen": numbers}
