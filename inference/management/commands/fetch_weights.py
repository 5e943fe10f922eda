"""manage.py fetch_weights: downloads the weights of styles."""

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from imaging.errors import ImagingError
from imaging.faces.yunet import YuNetFile
from imaging.weights_files import DownloadableFile
from inference.download import Progress, download_file, download_url, is_verified
from inference.runtime import get_style_registry
from inference.vgg19 import VGG19File


def _report_to(bar: tqdm) -> Progress:
    def show(received: int, total: int | None) -> None:
        bar.total = total
        bar.update(received - bar.n)

    return show


def _find_files(name: str, base_url: str | None) -> list[DownloadableFile]:
    """Return the files of a style, or that of vgg19 or yunet. Raise UnknownStyle."""
    others = {file.id: file for file in (YuNetFile(settings.WEIGHTS_DIR), VGG19File(settings.WEIGHTS_DIR))}
    if name in others:
        return [others[name]]
    style, *fast = get_style_registry().get(name).files
    return [style, *(file for file in fast if download_url(file, base_url))]


class Command(BaseCommand):
    help = "Downloads the weights of styles, and checks that they are what the manifest says."
    requires_system_checks = []  # it is among the first things that are run, before there is a database

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "styles",
            nargs="*",
            metavar="STYLE",
            help="an id; or vgg19, which training needs, or yunet, which finds faces; none: every style not here yet",
        )
        parser.add_argument("--all", action="store_true", help="every style; those that are here are checked again")
        parser.add_argument("--base-url", metavar="URL", help="a mirror that has the files under their own names")

    def handle(self, *args: object, styles: list[str], base_url: str | None, **options: object) -> None:
        try:
            chosen = self._choose(styles, base_url, everything=bool(options["all"]))
        except ImagingError as error:
            raise CommandError(str(error)) from error
        with requests.Session() as session:
            outcomes = [self._fetch(style, base_url, session) for style in chosen]
        self._summarize(outcomes)

    def _choose(self, ids: list[str], base_url: str | None, *, everything: bool) -> list[DownloadableFile]:
        if ids and everything:
            raise CommandError("name styles, or give --all, but not both")
        if ids:
            return [file for name in dict.fromkeys(ids) for file in _find_files(name, base_url)]
        styles: list[DownloadableFile] = [
            file for style in get_style_registry().all() for file in style.files if download_url(file, base_url)
        ]
        return styles if everything else [style for style in styles if not style.is_available]

    def _fetch(self, style: DownloadableFile, base_url: str | None, session: requests.Session) -> str:
        try:
            if is_verified(style):
                self.stdout.write(f"{style.id}: already there")
                return "already there"
            self._download(style, base_url, session)
        except (ImagingError, OSError) as error:
            self.stderr.write(f"{style.id}: {error}")
            return "failed"
        self.stdout.write(f"{style.id}: downloaded and verified")
        return "downloaded"

    def _download(self, style: DownloadableFile, base_url: str | None, session: requests.Session) -> None:
        # disable=None: no bar where nobody watches, such as in a log
        with tqdm(desc=style.id, unit="B", unit_scale=True, unit_divisor=1024, disable=None) as bar:
            download_file(style, base_url=base_url, session=session, progress=_report_to(bar))

    def _summarize(self, outcomes: list[str]) -> None:
        counts = {kind: outcomes.count(kind) for kind in ("downloaded", "already there", "failed")}
        summary = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
        if counts["failed"]:
            raise CommandError(summary)
        self.stdout.write(self.style.SUCCESS(summary or "every style that can be downloaded is here already"))
