"""What can be downloaded into the weights folder: styles, and the files of other parts of the product."""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from gallery.styles.catalog import StyleCatalog
from imaging.faces.yunet import YuNetFile
from imaging.weights_files import DownloadableFile, WeightsFile
from inference.download import download_url, has_digest
from inference.runtime import get_style_registry
from inference.styles import Style
from inference.vgg19 import VGG19File


def list_other_files() -> list[WeightsFile]:
    """Return the files that are no style's: one finds faces, one is for training."""
    return [YuNetFile(settings.WEIGHTS_DIR), VGG19File(settings.WEIGHTS_DIR)]


def get_file(file_id: str) -> DownloadableFile:
    """Return the file of a style, or vgg19 or yunet. Raise UnknownStyle."""
    others = {file.id: file for file in list_other_files()}
    return others[file_id] if file_id in others else get_style_registry().get(file_id)


def list_missing_ids(file: DownloadableFile) -> list[str]:
    """Return the ids of the files that are to be downloaded before it can be used: its own, and of its base style."""
    base = file.base_style if isinstance(file, Style) else None
    return [one.id for one in (file, base) if one and not one.path.is_file() and download_url(one)]


def list_published_missing(catalog: StyleCatalog) -> list[Style]:
    """Return the styles that others published and that are not here yet.

    Without those of which no digest is known: `fetch_weights` asks whether to let these in.
    """
    return [s for s in catalog.styles if not s.path.is_file() and download_url(s) and has_digest(s)]


def files_on_disk(file: DownloadableFile) -> Iterator[Path]:
    """Yield where the file is, or would be, and what an interrupted download left beside it."""
    yield file.path
    yield file.path.with_name(f"{file.path.name}.part")
