"""manage.py add_style: installs a style package, such as training ends with, into the weights folder."""

import json
import os
import re
import stat
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser

from imaging.decode import decode_image
from imaging.errors import BadImage, ImagingError
from imaging.files import atomic_write
from imaging.json_files import parse_json
from imaging.urls import is_web_url
from imaging.weights_files import find_digest_mismatch
from inference.checkpoints import load_generator
from inference.engine import Engine, EngineSettings
from inference.errors import BadWeights
from inference.graphs.trial import try_graph
from inference.management.commands._weights_file import add_file_arguments, write_file_package
from inference.runtime import get_style_registry
from inference.styles import Style, read_manifest

MANIFEST_NAME = "manifest.json"
ID_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,59}")
FILE_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}\.(?:safetensors|pt|pth|onnx|tflite|pb)")
MAX_BYTES_BY_SUFFIX = {".json": 2**20, ".md": 2**20, ".jpg": 25 * 2**20}
MAX_WEIGHTS_BYTES = 2**30
MAX_TEXT_LENGTH = 2000  # characters of a title, a description or a license


class PackageRefused(ImagingError):
    """The package cannot be installed; the message says why, and what to do."""


def open_package_file(path: Path) -> BinaryIO:
    """Open a file of a package.

    Raise PackageRefused for what is not the package's own: a stranger may have packed a link to any file of this
    machine, whose content would be copied, or a pipe, a device, or more than memory holds.
    """
    if not stat.S_ISREG(path.lstat().st_mode):
        raise PackageRefused(f"{path}: {'a link' if path.is_symlink() else 'no file'}; a package has files of its own")
    # Neither followed nor waited for, should it have become another thing since.
    file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    status, max_bytes = os.fstat(file.fileno()), MAX_BYTES_BY_SUFFIX.get(path.suffix, MAX_WEIGHTS_BYTES)
    if status.st_nlink == 1 and status.st_size <= max_bytes:
        return file
    file.close()
    if status.st_nlink > 1:
        raise PackageRefused(f"{path}: a hard link, maybe to a file of others; copy the package with cp -r first")
    raise PackageRefused(f"{path}: has {status.st_size} bytes, more than {max_bytes}")


def read_package_file(path: Path) -> bytes:
    """Return the bytes of a file of a package. Raise what `open_package_file` raises."""
    with open_package_file(path) as file:
        return file.read()


def find_companions(style: Style) -> list[Path]:
    """Return the card and the sheet of a package, those that it has, even where they are links to nothing."""
    beside = [style.path.with_suffix(suffix) for suffix in (".md", ".jpg")]
    return [path for path in beside if os.path.lexists(path)]


def check_companions(style: Style) -> None:
    """Raise PackageRefused for a card that is no text, and for a sheet that is no picture."""
    for path in find_companions(style):
        data = read_package_file(path)
        try:
            if path.suffix == ".md":
                data.decode()
            else:
                decode_image(data)
        except (BadImage, UnicodeDecodeError) as error:
            raise PackageRefused(f"{path}: no {'text' if path.suffix == '.md' else 'picture'} ({error})") from error


def read_package(folder: Path) -> Style:
    """Return the one style of a package whose file is what its manifest says. Raise BadWeights or PackageRefused."""
    if os.path.lexists(folder / MANIFEST_NAME):
        open_package_file(folder / MANIFEST_NAME).close()
    styles = list(read_manifest(folder / MANIFEST_NAME).values())
    if len(styles) != 1:
        raise PackageRefused(f"{folder / MANIFEST_NAME}: a package has one style, not {len(styles)}")
    style = styles[0]
    if not ID_PATTERN.fullmatch(style.id):
        raise PackageRefused(f"{style.id!r} is no id: small letters, digits and underscores, a letter first")
    for file in style.files:
        _check_file(file)
    return style


def _check_file(style: Style) -> None:
    """Raise BadWeights or PackageRefused for a file, of a style or of its fast variant, that is not as stated."""
    if not FILE_PATTERN.fullmatch(style.path.name):
        raise PackageRefused(
            f"{style.path.name!r} is no name for weights: letters, digits and .safetensors, .pt or that of a graph"
        )
    if not os.path.lexists(style.path) or not style.sha256:
        raise PackageRefused(f"{style.path}: {'its SHA-256 is not stated' if style.is_available else 'no such file'}")
    open_package_file(style.path).close()
    problem = find_digest_mismatch(style, style.path)
    if problem:
        raise BadWeights(f"{style.path}: {problem}")


def check_texts(style: Style, manifest: Path) -> None:
    """Raise PackageRefused for a style that the site could not say enough about."""
    for name, texts in (("title", style.title), ("description", style.description), ("license", style.license)):
        if not texts["en"].strip():
            raise PackageRefused(f"{manifest}: {style.id} has no English {name}; write one there ({name}.en)")
        if max(map(len, texts.values())) > MAX_TEXT_LENGTH:
            raise PackageRefused(f"{manifest}: the {name} has more than {MAX_TEXT_LENGTH} characters")
    if style.license_url and not is_web_url(style.license_url):
        raise PackageRefused(f"{manifest}: the license_url {style.license_url!r} is no web address")


def check_conflicts(style: Style, installed: list[Style]) -> None:
    """Raise PackageRefused where the site has the style's id, or another file of that name."""
    if any(other.id == style.id for other in installed):
        raise PackageRefused(f"there is a style {style.id!r} already; give this one another id in its {MANIFEST_NAME}")
    taken = {file.path.name for other in installed for file in other.files}
    if names := [file.path.name for file in style.files if file.path.name in taken]:
        raise PackageRefused(f"there is a file {names[0]} of another style already; name this one otherwise")


def check_conversion(style: Style) -> None:
    """Convert a picture. Raise BadWeights for weights of another network, or that give no picture."""
    if style.graph:
        try_graph(style.path, style.graph.as_entry())
        return
    if not all(bool(parameter.isfinite().all()) for parameter in load_generator(style).parameters()):
        raise BadWeights(f"{style.path}: holds values that are not numbers")
    ramp = np.linspace(0, 255, 96, dtype=np.uint8)
    photo = np.stack(np.broadcast_arrays(ramp[:, None], ramp[None, :72], ramp[:, None] // 2), axis=2)
    result = Engine(EngineSettings(device="cpu", backend="torch")).stylize(np.ascontiguousarray(photo), style)
    if result.std() < 1:
        raise BadWeights(f"{style.path}: makes one color of a picture that has many")


def append_entry(manifest: str, entry: dict[str, Any]) -> str:
    """Return the text of a manifest with one more style at its end, and all before as it was."""
    before, bracket, after = manifest.rpartition("]")
    added = json.dumps(entry, ensure_ascii=False, indent=2).replace("\n", "\n    ")
    comma = "," if parse_json(manifest)["styles"] else ""
    return f"{before.rstrip()}{comma}\n    {added}\n  {bracket}{after}"


def install_package(folder: Path, style: Style, weights: Path) -> None:
    """Copy file, card and sheet; the manifest names them last, so that it never names what is not there."""
    entry = parse_json(read_package_file(folder / MANIFEST_NAME))["styles"][0]
    text = append_entry((weights / MANIFEST_NAME).read_text("utf-8"), entry)
    files_by_path = {file.path: file for file in style.files}
    copies = {path: weights / path.name for path in files_by_path}
    copies |= {path: weights / f"{style.id}{path.suffix}" for path in find_companions(style)}
    with ExitStack() as files:  # which get their names last one first
        manifest = files.enter_context(atomic_write(weights / MANIFEST_NAME))
        manifest.write_text(text, encoding="utf-8")
        check_manifest(manifest, weights, style.id)
        for source, target in copies.items():
            part = files.enter_context(atomic_write(target))
            part.write_bytes(read_package_file(source))
            if source in files_by_path and (problem := find_digest_mismatch(files_by_path[source], part)):
                raise BadWeights(f"{source}: {problem}")


def check_manifest(new: Path, weights: Path, style_id: str) -> None:
    """Raise BadWeights where the new manifest could not be read: better no new style than no site."""
    expected = {*read_manifest(weights / MANIFEST_NAME), style_id}
    try:
        is_right = read_manifest(new).keys() == expected
    except BadWeights:
        is_right = False
    if not is_right:
        raise BadWeights(f"{weights / MANIFEST_NAME}: is not laid out as expected; add the style by hand")


class Command(BaseCommand):
    help = "Check a style package (weights, manifest.json, card), or a file, and install it as a style of the site."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("package", type=Path, metavar="PACKAGE", help="such as runs/NAME/package; or a file")
        parser.add_argument("--check", action="store_true", help="install nothing")
        add_file_arguments(parser)

    def handle(self, *args: Any, package: Path, **options: Any) -> None:
        try:
            with TemporaryDirectory() as folder:
                if not package.is_dir() and package.suffix:
                    package = write_file_package(package, Path(folder) / "package", options, self.stdout.write)
                style = self._add(package, is_installed=not options["check"])
        except (ImagingError, OSError) as error:
            raise CommandError(str(error)) from error
        done = "could be installed" if options["check"] else "installed; manage.py prepare_styles makes its preview"
        self.stdout.write(self.style.SUCCESS(f"{style.id}: {done}"))

    def _add(self, package: Path, *, is_installed: bool) -> Style:
        """Check a package, and install it. Raise ImagingError or OSError."""
        style = read_package(package)
        check_texts(style, package / MANIFEST_NAME)
        check_companions(style)
        check_conflicts(style, get_style_registry().all())
        for file in style.files:
            check_conversion(file)
        if is_installed:
            install_package(package, style, get_style_registry().manifest.parent)
        return style
