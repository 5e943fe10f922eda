"""Photos that the site shows as examples. They come with scikit-image; all are in the public domain."""

from dataclasses import dataclass
from functools import cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from imaging.decode import decode_image, shrink_picture
from imaging.encode import encode_image
from imaging.samples import DEFAULT_SAMPLE, sample_file


@dataclass(frozen=True)
class SamplePhoto:
    """A photo, its size in pixels, what it shows, and who took it."""

    name: str
    width: int
    height: int
    description: Promise | str
    credit: str


SAMPLES = {
    sample.name: sample
    for sample in (
        SamplePhoto("astronaut", 512, 512, _("an astronaut"), "Eileen Collins, NASA"),
        SamplePhoto("coffee", 600, 400, _("a cup of coffee"), "Rachel Michetti"),
        SamplePhoto("cat", 451, 300, _("a cat"), "Stéfan van der Walt"),
        SamplePhoto("rocket", 640, 427, _("a rocket"), "SpaceX"),
    )
}
PREVIEW_PX = 640


def get_samples_for(subject: str) -> list[SamplePhoto]:
    """Return three that show what a style is for; for a style of faces the portrait is among them."""
    names = ("astronaut", "cat", "coffee") if subject == "face" else ("coffee", "cat", "rocket")
    return [SAMPLES[name] for name in names]


@cache
def get_sample_preview(name: str = DEFAULT_SAMPLE) -> bytes:
    """Return a sample as WebP. It is cached, as every first page shows it. Raise KeyError for an unknown name."""
    picture = shrink_picture(decode_image(sample_file(name)), PREVIEW_PX)
    return encode_image(picture, "WEBP", style=None)
