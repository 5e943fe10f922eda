"""What the methods that learn from pictures that do not belong together share: their sheet and their style package."""

from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from PIL import Image

from training.config import UnpairedConfig
from training.data.batches import BatchT
from training.data.photos import find_pictures, load_photo
from training.data.unpaired import train_dir
from training.report.sheets import convert_photo, draw_sheet
from training.style_package import make_style_id, write_package
from training.trainer import Report, Trainer

SHEET_PHOTOS = 6
UnpairedConfigT = TypeVar("UnpairedConfigT", bound=UnpairedConfig)


class UnpairedTrainer(Trainer[UnpairedConfigT, BatchT], Generic[UnpairedConfigT, BatchT]):
    """A run whose sheet shows photos and results, and which ends in a style package."""

    sheet_photos: list[np.ndarray]

    def on_fit_start(self, report: Report) -> None:
        """Load the photos of the sheet: those held out, where there are any. Raise ValueError where there are none."""
        folder = self.config.photos
        self.sheet_photos = []
        for path in find_pictures(folder / "val") or find_pictures(train_dir(folder)):
            try:
                self.sheet_photos.append(load_photo(path, max(256, self.config.size)))
            except OSError as error:
                report(f"{error}; skipped")
            if len(self.sheet_photos) == SHEET_PHOTOS:
                break
        if not self.sheet_photos:
            raise ValueError(f"no whole picture below {folder / 'val'}")

    def draw_sheet(self) -> Image.Image:
        device = self.fabric.device
        return draw_sheet([(photo, convert_photo(self.average, photo, device)) for photo in self.sheet_photos])

    def write_package(self, facts: dict[str, Any], report: Report) -> Path:
        """Write the style package of the running average, and return its folder; the first process does."""
        config, package = self.config, self.config.out / "package"
        if self.fabric.is_global_zero:
            write_package(
                package,
                self.average,
                config.network,
                texts=config.texts,
                facts={"network": config.network, "steps": self.step} | facts,
                sheet=config.out / "sheet.jpg",
                working_size=max(512, config.size),
                name=make_style_id(config.out.name),
            )
            report(f"{package}: install it with manage.py add_style {package}")
        self.fabric.barrier()
        return package
