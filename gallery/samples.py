"""Photos that the site may show as examples. scikit-image carries them; all are free of copyright."""

import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inference import images


@dataclass(frozen=True)
class Sample:
    """A photo, its size in pixels, what is on it, and whom to thank."""

    name: str
    file: str
    width: int
    height: int
    description: Promise | str
    credit: str


DEFAULT = "astronaut"
SAMPLES = {
    sample.name: sample
    for sample in (
        Sample("astronaut", "astronaut.png", 512, 512, _("an astronaut"), "Eileen Collins, NASA"),
        Sample("coffee", "coffee.png", 600, 400, _("a cup of coffee"), "Rachel Michetti"),
        Sample("cat", "chelsea.png", 451, 300, _("a cat"), "Stéfan van der Walt"),
        Sample("rocket", "rocket.jpg", 640, 427, _("a rocket"), "SpaceX"),
    )
}
PREVIEW_SIDE = 640


def sample_file(name: str = DEFAULT) -> Path:
    """A sample's file. Only found, not imported: the package is large. Raises KeyError for another name."""
    spec = importlib.util.find_spec("skimage")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("scikit-image, which carries the sample photos, is not installed")
    return Path(spec.submodule_search_locations[0]) / "data" / SAMPLES[name].file


@cache
def sample_preview(name: str = DEFAULT) -> bytes:
    """A sample as WebP; everybody who opens the site asks for it. Raises KeyError for another name."""
    picture = images.shrink(images.decode(sample_file(name)), PREVIEW_SIDE)
    return images.encode(picture, "WEBP", style=None)
