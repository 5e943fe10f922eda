"""Make the first visit fast: compile each network, and convert the sample photos, once a style."""

from typing import Any

from django.core.management.base import BaseCommand

from gallery.photos.samples import SAMPLES
from gallery.styles import get_style_preview, load_style_catalog
from imaging.errors import ImagingError
from inference.runtime import get_engine


class Command(BaseCommand):
    help = "Prepare every style that is there and enabled: its compiled form and its preview. Does nothing twice."

    def handle(self, *args: Any, **options: Any) -> None:
        for style in load_style_catalog().offered:
            try:
                get_engine().load_session(style)  # the previews load its fast variant, where it has one
                for sample in SAMPLES:
                    get_style_preview(style.id, sample)
            except ImagingError as error:
                self.stderr.write(self.style.WARNING(f"{style.id}: {error}"))
