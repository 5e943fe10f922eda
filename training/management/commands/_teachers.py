"""Teachers, as the commands that train and evaluate name them."""

from pathlib import Path

from django.conf import settings as site

from inference.backends import Session
from inference.engine import Engine, EngineSettings
from inference.runtime import get_style_registry
from inference.styles import Style
from training.data.face_first import PictureConverter
from training.data.style_teachers import find_style, make_teacher


def find_site_style(name: str, network: str | None = None) -> Style:
    """Return a style of the site by its id, or a file, as `find_style` does, and raise what it does."""
    return find_style(name, get_style_registry(), Path(site.INFERENCE_CACHE_DIR), network)


def exact_engine(device: str) -> Engine:
    """Return an engine that computes in single precision: what students are measured by."""
    return Engine(EngineSettings(device=device, precision="single", cache_dir=Path(site.INFERENCE_CACHE_DIR)))


def load_exact_teacher(style: Style, face_style: Style | None, device: str) -> PictureConverter:
    """Return a teacher in single precision."""
    return make_teacher(exact_engine(device), style, face_style, Path(site.WEIGHTS_DIR))


def torch_session(style: Style, device: str) -> Session:
    """Return a session in torch and single precision, as published scripts convert; of a graph one in OpenVINO.

    Raise BadWeights or DeviceUnavailable.
    """
    return Engine(EngineSettings(device=device, backend="torch", precision="single")).load_session(style)
