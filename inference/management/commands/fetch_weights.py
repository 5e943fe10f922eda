"""manage.py fetch_weights: downloads the weights of styles."""

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from imaging.errors import ImagingError
from imaging.faces.yunet import YuNetFile
from imaging.weights_files import DownloadableFile
from inference.download import Progress, download_file, download_url, has_digest, is_verified
from inference.errors import DownloadFailed
from inference.graphs.trial import try_graph
from inference.runtime import get_style_registry
from inference.styles import Style
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
        parser.add_argument("--yes", action="store_true", help="let in files of which no digest was published")
        parser.add_argument("--base-url", metavar="URL", help="a mirror that has the files under their own names")

    def handle(self, *args: object, styles: list[str], base_url: str | None, **options: object) -> None:
        self._is_yes = bool(options["yes"])
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
        return [style for style in styles if self._is_wanted(style, everything=everything)]

    def _is_wanted(self, style: DownloadableFile, *, everything: bool) -> bool:
        """Return whether a style that was not named is downloaded: not one that would have to be asked about."""
        if style.is_available and not everything:
            return False
        if has_digest(style) or self._is_yes or sys.stdin.isatty():
            return True
        self.stdout.write(f"{style.id}: left out, as no digest of it was published; name it, or give --yes")
        return False

    def _let_in(self, file: DownloadableFile, path: Path, digest: str) -> bool:
        """Return whether a file is wanted of which no digest was published. Raise DownloadFailed where nobody answers.

        A graph is tried before anybody is asked.
        """
        if isinstance(file, Style) and file.graph:
            with TemporaryDirectory() as folder:
                copy = Path(folder) / file.path.name
                shutil.copyfile(path, copy)
                try_graph(copy, file.graph.as_entry())
        self.stdout.write(f"{file.id}: {path.stat().st_size} bytes, SHA-256 {digest}; no digest of it was published")
        if self._is_yes:
            return True
        if not sys.stdin.isatty():
            raise DownloadFailed("nobody is there to say whether this is the right file; --yes lets it in")
        return input("Let it in, and refuse any other from now on? [y/N] ").strip().lower() in ("y", "yes")

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
            download_file(style, base_url=base_url, session=session, progress=_report_to(bar), confirm=self._let_in)

    def _summarize(self, outcomes: list[str]) -> None:
        counts = {kind: outcomes.count(kind) for kind in ("downloaded", "already there", "failed")}
        summary = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
        if counts["failed"]:
            raise CommandError(summary)
        self.stdout.write(self.style.SUCCESS(summary or "every style that can be downloaded is here already"))
