"""Photos that the site may show as examples. scikit-image carries them; all are free of copyright."""

from dataclasses import dataclass
from functools import cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from imaging.decode import decode_image, shrink_picture
from imaging.encode import encode_image
from imaging.samples import DEFAULT_SAMPLE, sample_file


@dataclass(frozen=True)
class Sample:
    """A photo, its size in pixels, what is on it, and whom to thank."""

    name: str
    width: int
    height: int
    description: Promise | str
    credit: str


SAMPLES = {
    sample.name: sample
    for sample in (
        Sample("astronaut", 512, 512, _("an astronaut"), "Eileen Collins, NASA"),
        Sample("coffee", 600, 400, _("a cup of coffee"), "Rachel Michetti"),
        Sample("cat", 451, 300, _("a cat"), "Stéfan van der Walt"),
        Sample("rocket", 640, 427, _("a rocket"), "SpaceX"),
    )
}
PREVIEW_PX = 640


def get_samples_for(subject: str) -> list[Sample]:
    """Three that show what a style is for: one of faces has the portrait among them."""
    names = ("astronaut", "cat", "coffee") if subject == "face" else ("coffee", "cat", "rocket")
    return [SAMPLES[name] for name in names]


@cache
def get_sample_preview(name: str = DEFAULT_SAMPLE) -> bytes:
    """A sample as WebP; everybody who opens the site asks for it. Raises KeyError for another name."""
    picture = shrink_picture(decode_image(sample_file(name)), PREVIEW_PX)
    return encode_image(picture, "WEBP", style=None)
