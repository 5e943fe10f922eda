"""The styles that this project knows, read from `weights/manifest.json`."""

import json
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from inference.errors import BadWeights, StyleNotDownloaded, UnknownStyle


@dataclass(frozen=True)
class Costs:
    """What a network takes on a processor, measured. `most_pixels` are worked on at once: that takes about 1.2 GB."""

    pixel_bytes: int  # of memory for a pixel that is worked on
    most_pixels: int
    seconds: float  # for a pixel, by those of `compact`


SUBJECTS = ("face", "scenery", "any")
NETWORKS = {
    "animegan1": Costs(pixel_bytes=1750, most_pixels=700_000, seconds=12.0),
    "animegan2": Costs(pixel_bytes=1100, most_pixels=1_100_000, seconds=9.0),
    "compact": Costs(pixel_bytes=200, most_pixels=6_000_000, seconds=1.0),
    "compact_fine": Costs(pixel_bytes=200, most_pixels=6_000_000, seconds=1.4),
    "compact_context": Costs(pixel_bytes=260, most_pixels=4_600_000, seconds=1.05),
    "compact_fine_context": Costs(pixel_bytes=275, most_pixels=4_300_000, seconds=1.5),
    "whitebox": Costs(pixel_bytes=450, most_pixels=2_500_000, seconds=2.7),
}
COLOUR_ORDERS = ("rgb", "bgr")
LEAST_WORKING_SIZE = 64


@dataclass(frozen=True)
class Under:
    """What lies under a style, which sees the photo with a `share`, above 0 and 1 at most, of what this one makes."""

    style: "Style"
    share: float


@dataclass(frozen=True)
class Style:
    """One entry of the manifest. Titles, descriptions and licences are by language code (`en`, `zh-hans`)."""

    id: str
    title: dict[str, str]
    description: dict[str, str]
    subject: str
    network: str
    path: Path
    source: str  # where the file comes from; a download address where it can be downloaded
    licence: dict[str, str]
    licence_url: str
    working_size: int  # pixels of the long side at balanced detail
    sha256: str = ""
    git_blob: str = ""  # SHA-1 over "blob <size>\0" and the bytes; known where no SHA-256 was published
    align_corners: bool = False
    colour_order: str = "rgb"
    under: Under | None = None

    @property
    def costs(self) -> Costs:
        own = NETWORKS[self.network]
        if not self.under:
            return own
        under = self.under.style.costs
        most_pixels = min(own.most_pixels, under.most_pixels)
        return Costs(max(own.pixel_bytes, under.pixel_bytes), most_pixels, own.seconds + under.seconds)

    @property
    def missing(self) -> "Style | None":
        """The one whose file is not there: this one, or what lies under it."""
        if not self.path.is_file():
            return self
        return self.under.style.missing if self.under else None

    @property
    def downloaded(self) -> bool:
        return self.missing is None

    @property
    def version(self) -> str:
        """Changes when a file does; only for files that are there."""
        stamp = self.path.stat()
        under = f"_{self.under.share}_{self.under.style.version}" if self.under else ""
        return f"{self.id}_{stamp.st_size}_{stamp.st_mtime_ns}{under}"

    def title_in(self, language: str) -> str:
        return in_language(self.title, language)

    def description_in(self, language: str) -> str:
        return in_language(self.description, language)

    def licence_in(self, language: str) -> str:
        return in_language(self.licence, language)


def in_language(texts: dict[str, str], language: str) -> str:
    """The text in the language, in English where there is none."""
    return texts.get(language.lower()) or texts["en"]


def laid_over(style: Style, under: Style, share: float) -> Style:
    """The style as it sees the photo with a share of what `under` makes of it. Raises ValueError where it cannot."""
    if not 0 < share <= 1:
        raise ValueError(f"share {share} is not above 0, and 1 at most")
    for one in (style, under):
        if one.under:
            raise ValueError(f"{one.id} lies over {one.under.style.id} already")
    if under.colour_order != style.colour_order:
        raise ValueError(f"{style.id}: of another colour order than {under.id}, which lies under it")
    return replace(style, under=Under(under, share))


def _check_kinds(style: Style) -> None:
    """Raises ValueError for what was written by hand as another kind of thing."""
    for name in ("title", "description", "licence"):
        texts = getattr(style, name)
        if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
            raise ValueError(f'{style.id}: its {name} must be texts by language, as {{"en": "…"}}')
        if "en" not in texts:
            raise ValueError(f"{style.id}: there is no English {name} ({name}.en)")
    for name in ("id", "source", "licence_url", "sha256", "git_blob"):
        if not isinstance(getattr(style, name), str):
            raise ValueError(f"{style.id}: its {name} must be a text")
    if type(style.working_size) is not int or style.working_size < LEAST_WORKING_SIZE:
        raise ValueError(f"{style.id}: its working_size must be a number of pixels, {LEAST_WORKING_SIZE} or more")


def _parse(entry: dict[str, Any], folder: Path, known: dict[str, Style]) -> Style:
    below = entry.pop("under", None)
    style = Style(path=folder / Path(entry.pop("file")).name, **entry)
    _check_kinds(style)
    if below:
        style = laid_over(style, known[below["style"]], float(below["share"]))
    allowed = ((style.subject, SUBJECTS), (style.network, NETWORKS), (style.colour_order, COLOUR_ORDERS))
    for value, choices in allowed:
        if value not in choices:
            raise ValueError(f"{style.id}: {value!r} is not one of {', '.join(choices)}")
    if not (style.sha256 or style.git_blob):
        raise ValueError(f"{style.id}: neither sha256 nor git_blob")
    for name, value, digits in (("sha256", style.sha256, 64), ("git_blob", style.git_blob, 40)):
        if value and not re.fullmatch(f"[0-9a-fA-F]{{{digits}}}", value):
            raise ValueError(f"{style.id}: its {name} must have {digits} digits")
    return style


def read_manifest(path: Path) -> dict[str, Style]:
    """Styles by id, in the order of the file. Raises BadWeights where the manifest is not usable."""
    try:
        styles: dict[str, Style] = {}
        for entry in json.loads(path.read_text("utf-8"))["styles"]:
            style = _parse(entry, path.parent, styles)  # what lies under it comes before it
            styles[style.id] = style
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadWeights(f"{path}: not a usable manifest: {error}") from error
    return styles


@lru_cache
def _cached(path: Path, changed: int) -> dict[str, Style]:
    return read_manifest(path)


class Registry:
    """The styles of one weights folder; a changed manifest is read again."""

    def __init__(self, folder: Path) -> None:
        self.manifest = Path(folder) / "manifest.json"

    def all(self) -> list[Style]:
        return list(self._styles().values())

    def available(self) -> list[Style]:
        """The styles whose file is there."""
        return [style for style in self.all() if style.downloaded]

    def get(self, style_id: str) -> Style:
        """Raises UnknownStyle."""
        try:
            return self._styles()[style_id]
        except KeyError:
            known = ", ".join(self._styles())
            raise UnknownStyle(f"no style {style_id!r}; known: {known}") from None

    def get_available(self, style_id: str) -> Style:
        """Raises UnknownStyle or StyleNotDownloaded."""
        style = self.get(style_id)
        if missing := style.missing:
            raise StyleNotDownloaded(f"{missing.id} is not downloaded; run: manage.py fetch_weights {missing.id}")
        return style

    def _styles(self) -> dict[str, Style]:
        changed = self.manifest.stat().st_mtime_ns if self.manifest.exists() else 0
        return _cached(self.manifest, changed)
