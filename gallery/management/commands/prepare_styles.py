"""Makes the first visit fast: traces the networks and converts the sample photos, once a style."""

from typing import Any

from django.core.management.base import BaseCommand

from gallery.samples import SAMPLES
from gallery.styles import style_preview
from inference.errors import InferenceError
from inference.runtime import registry


class Command(BaseCommand):
    help = "Prepare every style that is there: its compiled form and its preview. Does nothing twice."

    def handle(self, *args: Any, **options: Any) -> None:
        for style in registry().available():
            try:
                for sample in SAMPLES:
                    style_preview(style.id, sample)
            except InferenceError as error:
                self.stderr.write(self.style.WARNING(f"{style.id}: {error}"))
