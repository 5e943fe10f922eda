"""The styles that this project knows, read from `weights/manifest.json`."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from imaging.json_files import read_json
from imaging.urls import is_web_url
from inference.architectures.registry import ARCHITECTURES, Cost
from inference.errors import BadWeights, StyleNotDownloaded, UnknownStyle
from inference.graphs.format import GRAPH, GRAPH_SUFFIXES, GraphFormat, parse_graph_format
from inference.pins import PINS_NAME, read_pins

SUBJECTS = ("face", "scenery", "any")
COLOR_ORDERS = ("rgb", "bgr")
# How `animegan2` enlarges: `legacy` is TensorFlow 1's bilinear, which reads source position i/2 for pixel i.
UPSAMPLINGS = ("half_pixel", "legacy")
GRAPH_COST = Cost(1100, 1_100_000, 9.0)  # of a graph, about: of AnimeGANv3's, which is known
MIN_WORKING_SIZE_PX, MAX_WORKING_SIZE_PX = 64, 8192
FAST_KEYS = ("architecture", "file", "sha256", "git_blob", "source")
# Keys of a manifest as they were called once: those of packages that were made then stay readable.
OLD_KEYS = {
    "network": "architecture",
    "licence": "license",
    "licence_url": "license_url",
    "colour_order": "color_order",
}


@dataclass(frozen=True)
class Style:
    """One entry of the manifest. Titles, descriptions and licenses are by language code (`en`, `zh-hans`).

    A style with a `base_style` is stacked on it: it sees the photo with a share of `blend`, above 0 and 1 at most, of
    what that one makes of the photo. `fast` is a smaller network for the same style, with a file of its own: of less
    quality, and several times as fast.
    """

    id: str
    title: dict[str, str]
    description: dict[str, str]
    subject: str
    architecture: str  # one of ARCHITECTURES; or `graph`, which the file itself holds
    path: Path
    source: str  # where the file comes from; a download URL where it can be downloaded
    license: dict[str, str]
    license_url: str
    working_size: int  # pixels of the long side at balanced detail
    sha256: str = ""
    # Of a graph that is downloaded, both may be empty: its SHA-256 is pinned when it comes (`inference.pins`).
    git_blob: str = ""  # SHA-1 over "blob <size>\0" and the bytes; known where no SHA-256 was published
    align_corners: bool = False
    upsampling: str = "half_pixel"
    color_order: str = "rgb"
    graph: GraphFormat | None = None
    base_style: "Style | None" = None
    blend: float = 0.0
    fast: "Style | None" = None
    is_fast: bool = False  # this is the `fast` of the style of the same id

    @property
    def cost(self) -> Cost:
        """Return what it takes, with what its base style does."""
        cost = GRAPH_COST if self.graph else ARCHITECTURES[self.architecture].cost
        if not self.base_style:
            return cost
        base = self.base_style.cost  # one runs after the other: the time adds up, the memory does not
        return Cost(
            pixel_bytes=max(cost.pixel_bytes, base.pixel_bytes),
            max_pixels=min(cost.max_pixels, base.max_pixels),
            relative_seconds=cost.relative_seconds + base.relative_seconds,
        )

    @property
    def multiple(self) -> int:
        """Return what the sides of its pictures must be divisible by."""
        own = self.graph.multiple if self.graph else ARCHITECTURES[self.architecture].multiple
        return max(own, self.base_style.multiple) if self.base_style else own

    @property
    def fixed_size(self) -> tuple[int, int] | None:
        """Return (height, width) of the only pictures that it takes; None where it takes any."""
        return self.graph.fixed_size if self.graph else None

    @property
    def missing_style(self) -> "Style | None":
        """Return the one whose file is not there: this one, or its base style; None where nothing is missing."""
        if not self.path.is_file():
            return self
        return self.base_style.missing_style if self.base_style else None

    @property
    def is_available(self) -> bool:
        """Return whether all files that it needs are there. A fast variant is not needed."""
        return self.missing_style is None

    @property
    def generator_key(self) -> str:
        """Return a text for what makes another generator of the same file; empty where nothing does."""
        if self.graph:
            return f"_{self.graph.digest}"
        return "_corners" if self.align_corners else "_legacy" if self.upsampling == "legacy" else ""

    @property
    def has_fast(self) -> bool:
        """Return whether it has a fast variant whose file is there."""
        return self.fast is not None and self.fast.is_available

    def variant(self, *, is_fast: bool) -> "Style":
        """Return the fast variant, where it is asked for and its file is there; else the style itself."""
        return self.fast if is_fast and self.fast and self.fast.is_available else self

    @property
    def files(self) -> "list[Style]":
        """Return what of it has a file of its own: the style itself, and its fast variant."""
        return [self, *([self.fast] if self.fast else [])]

    @property
    def version(self) -> str:
        """Return a text that changes when a file does, and is another for the fast variant.

        Only for files that are there.
        """
        stamp = self.path.stat()
        base = f"_{self.blend}_{self.base_style.version}" if self.base_style else ""
        fast = "_fast" if self.is_fast else ""
        return f"{self.id}{fast}_{stamp.st_size}_{stamp.st_mtime_ns}{self.generator_key}{base}"

    def title_in(self, language: str) -> str:
        """Return the title in a language, or in English."""
        return text_in_language(self.title, language)

    def description_in(self, language: str) -> str:
        """Return the description in a language, or in English."""
        return text_in_language(self.description, language)

    def license_in(self, language: str) -> str:
        """Return the license in a language, or in English."""
        return text_in_language(self.license, language)


def text_in_language(texts: dict[str, str], language: str) -> str:
    """Return the text in the language, in English where there is none."""
    return texts.get(language.lower()) or texts["en"]


def stack_style(style: Style, base_style: Style, blend: float) -> Style:
    """Return the style stacked on another one. Raise ValueError where it cannot be."""
    if not 0 < blend <= 1:
        raise ValueError(f"blend {blend} is not above 0, and 1 at most")
    for one in (style, base_style):
        if one.base_style:
            raise ValueError(f"{one.id} is stacked on {one.base_style.id} already")
        if one.graph:
            raise ValueError(f"{one.id} is a graph, which cannot be stacked")
    if base_style.color_order != style.color_order:
        raise ValueError(f"{style.id}: of another color order than its base style {base_style.id}")
    return replace(style, base_style=base_style, blend=blend)


def _with_new_keys(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry of a manifest with the keys of today. Raise ValueError where it has a key under both names."""
    entry = dict(entry)
    for old, new in (*OLD_KEYS.items(), ("under", "base_style"), ("under", "blend")):
        if old in entry and new in entry:
            raise ValueError(f"{entry.get('id')}: has both {old} and {new}, which is the same")
    for old, new in OLD_KEYS.items():
        if old in entry:
            entry[new] = entry.pop(old)
    if base := entry.pop("under", None):
        entry |= {"base_style": base["style"], "blend": base["share"]}
    return entry


def _check_types(style: Style) -> None:
    """Raise ValueError for what was written by hand as another kind of thing."""
    for name in ("title", "description", "license"):
        texts = getattr(style, name)
        if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
            raise ValueError(f'{style.id}: its {name} must be texts by language, as {{"en": "…"}}')
        if "en" not in texts:
            raise ValueError(f"{style.id}: there is no English {name} ({name}.en)")
    for name in ("id", "source", "license_url", "sha256", "git_blob"):
        if not isinstance(getattr(style, name), str):
            raise ValueError(f"{style.id}: its {name} must be a text")
    size = style.working_size
    if type(size) is not int or not MIN_WORKING_SIZE_PX <= size <= MAX_WORKING_SIZE_PX:
        limits = f"{MIN_WORKING_SIZE_PX} or more, and {MAX_WORKING_SIZE_PX} at most"
        raise ValueError(f"{style.id}: its working_size must be a number of pixels, {limits}")
    if type(style.align_corners) is not bool:
        raise ValueError(f"{style.id}: its align_corners must be true or false")
    if style.align_corners and style.upsampling != "half_pixel":
        raise ValueError(f"{style.id}: align_corners and upsampling {style.upsampling} exclude each other")
    if (style.architecture == GRAPH) != (style.graph is not None):
        raise ValueError(f'{style.id}: the architecture "graph" and the key graph belong together')
    if style.graph and style.path.suffix.lower() not in GRAPH_SUFFIXES:
        raise ValueError(f"{style.id}: the file of a graph ends with {', '.join(GRAPH_SUFFIXES)}")


def _parse_fast(style: Style, entry: object) -> Style:
    """Return the fast variant of a style, of an entry as {"architecture": …, "file": …, "sha256": …}."""
    if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
        raise ValueError(f"{style.id}: its fast must be texts by key, as an entry of a style")
    if unknown := sorted(entry.keys() - FAST_KEYS):
        raise ValueError(f"{style.id}: its fast has the key {unknown[0]!r}; known: {', '.join(FAST_KEYS)}")
    path = style.path.with_name(Path(entry["file"]).name)
    if path == style.path:
        raise ValueError(f"{style.id}: its fast must have a file of its own")
    own: dict[str, Any] = {"source": "", "sha256": "", "git_blob": ""} | entry
    del own["file"]
    return replace(style, path=path, is_fast=True, align_corners=False, upsampling="half_pixel", graph=None, **own)


def _parse_style(entry: dict[str, Any], folder: Path, styles: dict[str, Style]) -> Style:
    """Return the style of an entry, with its base among the `styles` that came before it."""
    entry = _with_new_keys(entry)
    base_id, blend, fast = entry.pop("base_style", None), entry.pop("blend", 0.0), entry.pop("fast", None)
    graph = parse_graph_format(entry.pop("graph")) if "graph" in entry else None
    style = Style(path=folder / Path(entry.pop("file")).name, graph=graph, is_fast=False, **entry)
    _check_types(style)
    if blend and base_id is None:
        raise ValueError(f"{style.id}: has a blend, but no base_style")
    if fast is not None:
        fast = _parse_fast(style, fast)
        _check_values(fast)
    if base_id is not None:
        style = stack_style(style, styles[base_id], float(blend))
    _check_values(style)
    return replace(style, fast=fast)


def _check_values(style: Style) -> None:
    """Raise ValueError for what is not one of the known values, and for a file that cannot be verified."""
    allowed = (
        (style.subject, SUBJECTS),
        (style.architecture, (*ARCHITECTURES, GRAPH)),
        (style.color_order, COLOR_ORDERS),
        (style.upsampling, UPSAMPLINGS),
    )
    for value, choices in allowed:
        if value not in choices:
            raise ValueError(f"{style.id}: {value!r} is not one of {', '.join(choices)}")
    if not (style.sha256 or style.git_blob) and not (style.graph and is_web_url(style.source)):
        raise ValueError(f"{style.id}: neither sha256 nor git_blob")
    for name, value, digits in (("sha256", style.sha256, 64), ("git_blob", style.git_blob, 40)):
        if value and not re.fullmatch(f"[0-9a-fA-F]{{{digits}}}", value):
            raise ValueError(f"{style.id}: its {name} must have {digits} digits")


def read_manifest(path: Path) -> dict[str, Style]:
    """Return styles by id, in the order of the file. Raise BadWeights where the manifest is not usable."""
    try:
        styles: dict[str, Style] = {}
        for entry in read_json(path)["styles"]:
            style = _parse_style(entry, path.parent, styles)  # a base style comes before what is stacked on it
            styles[style.id] = style
    except (OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise BadWeights(f"{path}: not a usable manifest: {error}") from error
    return styles


@lru_cache
def _read_manifest_once(path: Path, modified_ns: int, pins_modified_ns: int) -> dict[str, Style]:
    """Return the styles, with what is pinned of those whose digest was not published."""
    styles = read_manifest(path)
    try:
        pins = read_pins(path.parent)
    except (OSError, ValueError) as error:
        raise BadWeights(f"{path.parent / PINS_NAME}: not usable: {error}") from error
    return {
        style.id: replace(style, sha256=pins.get(style.path.name, ""))
        if not (style.sha256 or style.git_blob)
        else style
        for style in styles.values()
    }


class StyleRegistry:
    """The styles of one weights folder; a changed manifest is read again."""

    def __init__(self, folder: Path) -> None:
        self.manifest = Path(folder) / "manifest.json"

    def all(self) -> list[Style]:
        """Return every style. Raise BadWeights, as all methods do, where the manifest is not usable."""
        return list(self._styles().values())

    def available(self) -> list[Style]:
        """Return the styles whose files are there."""
        return [style for style in self.all() if style.is_available]

    def get(self, style_id: str) -> Style:
        """Return a style. Raise UnknownStyle."""
        try:
            return self._styles()[style_id]
        except KeyError:
            ids = ", ".join(self._styles())
            raise UnknownStyle(f"no style {style_id!r}; known: {ids}") from None

    def get_available(self, style_id: str) -> Style:
        """Return a style whose files are there. Raise UnknownStyle or StyleNotDownloaded."""
        style = self.get(style_id)
        if missing := style.missing_style:
            raise StyleNotDownloaded(f"{missing.id} is not downloaded; run: manage.py fetch_weights {missing.id}")
        return style

    def _styles(self) -> dict[str, Style]:
        pins = self.manifest.with_name(PINS_NAME)
        modified = [path.stat().st_mtime_ns if path.exists() else 0 for path in (self.manifest, pins)]
        return _read_manifest_once(self.manifest, *modified)
