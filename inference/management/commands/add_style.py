"""manage.py add_style: installs a style package, such as training ends with, into the weights folder."""

import json
import re
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser

from imaging.errors import ImagingError
from imaging.files import atomic_write
from imaging.weights_files import find_digest_mismatch
from inference.checkpoints import load_generator
from inference.engine import Engine, EngineSettings
from inference.errors import BadWeights
from inference.runtime import get_style_registry
from inference.styles import Style, read_manifest

MANIFEST_NAME = "manifest.json"
ID_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,59}")


class PackageRefused(ImagingError):
    """The package cannot be installed; the message says why, and what to do."""


def read_package(folder: Path) -> Style:
    """Return the one style of a package whose file is what its manifest says. Raise BadWeights or PackageRefused."""
    styles = list(read_manifest(folder / MANIFEST_NAME).values())
    if len(styles) != 1:
        raise PackageRefused(f"{folder / MANIFEST_NAME}: a package has one style, not {len(styles)}")
    style = styles[0]
    if not ID_PATTERN.fullmatch(style.id):
        raise PackageRefused(f"{style.id!r} is no id: small letters, digits and underscores, a letter first")
    if not style.is_available or not style.sha256:
        raise PackageRefused(f"{style.path}: {'its SHA-256 is not stated' if style.is_available else 'no such file'}")
    problem = find_digest_mismatch(style, style.path)
    if problem:
        raise BadWeights(f"{style.path}: {problem}")
    return style


def check_texts(style: Style, manifest: Path) -> None:
    """Raise PackageRefused for a style that the site could not say enough about."""
    for name, texts in (("title", style.title), ("description", style.description), ("license", style.license)):
        if not texts["en"].strip():
            raise PackageRefused(f"{manifest}: {style.id} has no English {name}; write one there ({name}.en)")
    if style.license_url and not style.license_url.startswith(("http://", "https://")):
        raise PackageRefused(f"{manifest}: the license_url {style.license_url!r} is no web address")


def check_conflicts(style: Style, installed: list[Style]) -> None:
    """Raise PackageRefused where the site has the style's id, or another file of that name."""
    if any(other.id == style.id for other in installed):
        raise PackageRefused(f"there is a style {style.id!r} already; give this one another id in its {MANIFEST_NAME}")
    if any(other.path.name == style.path.name for other in installed):
        raise PackageRefused(f"there is a file {style.path.name} of another style already; name this one otherwise")


def check_conversion(style: Style) -> None:
    """Convert a picture. Raise BadWeights for weights of another network, or that give no picture."""
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
    comma = "," if json.loads(manifest)["styles"] else ""
    return f"{before.rstrip()}{comma}\n    {added}\n  {bracket}{after}"


def install_package(folder: Path, style: Style, weights: Path) -> None:
    """Copy file, card and sheet; the manifest names them last, so that it never names what is not there."""
    entry = json.loads((folder / MANIFEST_NAME).read_text("utf-8"))["styles"][0]
    text = append_entry((weights / MANIFEST_NAME).read_text("utf-8"), entry)
    copies = {style.path: weights / style.path.name}
    for suffix in (".md", ".jpg"):
        beside = style.path.with_suffix(suffix)
        copies |= {beside: weights / f"{style.id}{suffix}"} if beside.is_file() else {}
    with ExitStack() as files:  # which get their names last one first
        manifest = files.enter_context(atomic_write(weights / MANIFEST_NAME))
        manifest.write_text(text, encoding="utf-8")
        check_manifest(manifest, weights, style.id)
        for source, target in copies.items():
            files.enter_context(atomic_write(target)).write_bytes(source.read_bytes())


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
    help = "Check a style package (weights, manifest.json, card) and install it; the site then offers the style."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("package", type=Path, metavar="DIR", help="such as runs/NAME/package")
        parser.add_argument("--check", action="store_true", help="install nothing")

    def handle(self, *args: Any, package: Path, **options: Any) -> None:
        try:
            style = read_package(package)
            check_texts(style, package / MANIFEST_NAME)
            check_conflicts(style, get_style_registry().all())
            check_conversion(style)
            if not options["check"]:
                install_package(package, style, get_style_registry().manifest.parent)
        except (ImagingError, OSError) as error:
            raise CommandError(str(error)) from error
        done = "could be installed" if options["check"] else "installed; manage.py prepare_styles makes its preview"
        self.stdout.write(self.style.SUCCESS(f"{style.id}: {done}"))
