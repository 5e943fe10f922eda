"""Photos free of copyright, which scikit-image carries: what everybody may be shown."""

import importlib.util
from pathlib import Path

DEFAULT_SAMPLE = "astronaut"
SAMPLE_FILES = {"astronaut": "astronaut.png", "coffee": "coffee.png", "cat": "chelsea.png", "rocket": "rocket.jpg"}


def sample_file(name: str = DEFAULT_SAMPLE) -> Path:
    """Return a sample's file, which is found without importing its large package. Raise KeyError for another name."""
    spec = importlib.util.find_spec("skimage")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("scikit-image, which carries the sample photos, is not installed")
    return Path(spec.submodule_search_locations[0]) / "data" / SAMPLE_FILES[name]
