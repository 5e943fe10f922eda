"""Styles as teachers of another: by id, or by the file of a generator that no manifest knows."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from imaging.faces import face_detector_name
from inference.engine import Engine, run_padded
from inference.graphs.format import GRAPH, GRAPH_SUFFIXES
from inference.graphs.trial import try_graph
from inference.styles import Style, StyleRegistry
from training.checkpoints import save_weights
from training.data.face_first import FaceFirstTeacher, PictureConverter, make_face_finder
from training.data.teachers import load_whitebox
from training.metrics.evaluation import style_from_file

PUBLISHED_WHITEBOX_PREFIX = "generator/"  # of all names in the published file


def find_style(name: str, registry: StyleRegistry, cache_dir: Path, network: str | None = None) -> Style:
    """Return the style of that id, or that of the file of that name.

    `network`: of the file, where it does not say so itself. A graph is tried first, in a process of its own. White-box
    Cartoonization is also read as it was published, and kept in `cache_dir` as this project names its tensors. Raise
    BadWeights and what the registry raises.
    """
    if name in {style.id for style in registry.all()}:
        return registry.get_available(name)
    path = Path(name)
    if path.suffix.lower() in GRAPH_SUFFIXES:
        return _graph_style(path)
    if network is None and _is_published_whitebox(path):
        return _published_whitebox_style(path, cache_dir)
    return style_from_file(path, network)


def _graph_style(path: Path) -> Style:
    title = {"en": path.stem}
    return Style(path.stem, title, title, "any", GRAPH, path, "", title, "", 512, graph=try_graph(path).format)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_published_whitebox(path: Path) -> bool:
    if path.suffix != ".safetensors" or not path.is_file():
        return False
    try:
        with safe_open(path, "pt") as file:
            return all(name.startswith(PUBLISHED_WHITEBOX_PREFIX) for name in file.keys())  # noqa: SIM118 - no mapping
    except SafetensorError:
        return False


def _published_whitebox_style(path: Path, cache_dir: Path) -> Style:
    converted = cache_dir / f"whitebox_{_sha256(path)[:16]}.safetensors"
    if not converted.exists():
        cache_dir.mkdir(parents=True, exist_ok=True)
        save_weights(load_whitebox(path), converted, {"network": "whitebox"})
    name = {"en": path.stem}
    return Style(path.stem, name, name, "any", "whitebox", converted, "", name, "", 720, color_order="bgr")


def make_converter(engine: Engine, style: Style) -> PictureConverter:
    """Return what turns a photo, uint8 [H,W,3] RGB, into the result of a style at the photo's own size.

    The converter raises BadWeights and what `Engine.slot` raises.
    """

    def convert(photo: np.ndarray) -> np.ndarray:
        session = engine.load_session(style)
        with engine.slot():
            return run_padded(session, photo, style)

    return convert


def make_teacher(engine: Engine, style: Style, face_style: Style | None, weights: Path | None) -> PictureConverter:
    """Return the converter of a style; with a `face_style`, that converts the faces of a photo first.

    `weights`: the folder where YuNet's file may be, which then finds the faces.
    """
    convert = make_converter(engine, style)
    if face_style is None:
        return convert
    return FaceFirstTeacher(convert, make_converter(engine, face_style), make_face_finder(weights))


def describe_teacher(style: Style, face_style: Style | None, weights: Path | None) -> dict[str, Any]:
    """Return what a teacher is made from. Two that give other results are not equal."""
    teacher: dict[str, Any] = {"styles": _describe_layers(style)}
    if face_style is not None:
        teacher["face_styles"] = _describe_layers(face_style)
        teacher["face_detector"] = face_detector_name(weights)
    return teacher


def _describe_layers(style: Style) -> list[list[Any]]:
    layers = [(style, 1.0)] + ([(style.base_style, style.blend)] if style.base_style else [])
    return [[one.id, _sha256(one.path), share] for one, share in layers]
