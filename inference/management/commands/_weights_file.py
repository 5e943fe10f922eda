"""What `add_style` makes of a single file: a package of one style, which is then checked as any other."""

import hashlib
import json
import shutil
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from inference.architectures.registry import detect_architecture
from inference.checkpoints import read_state_dict
from inference.errors import BadWeights
from inference.graphs.format import GRAPH, LAYOUTS
from inference.graphs.trial import try_graph
from inference.published import is_graph
from inference.styles import COLOR_ORDERS, SUBJECTS, UPSAMPLINGS

RANGES = {"-1,1": [-1, 1], "0,1": [0, 1], "0,255": [0, 255]}
DEFAULT_WORKING_SIZE_PX = 512


def add_file_arguments(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("a file: .onnx, .tflite, .pb, .safetensors or .pt")
    group.add_argument("--id", metavar="ID", help="small letters, digits and underscores, a letter first")
    group.add_argument("--title", metavar="TEXT", help="default: the id")
    group.add_argument("--license", metavar="TEXT", help="under which it was published")
    group.add_argument("--license-url", metavar="URL", help="where that can be read")
    group.add_argument("--source", metavar="URL", help="where the file comes from")
    group.add_argument("--subject", choices=SUBJECTS, default="any")
    group.add_argument("--working-size", type=int, default=DEFAULT_WORKING_SIZE_PX, metavar="PX", help="default: 512")
    group.add_argument("--color-order", choices=COLOR_ORDERS, default="rgb")
    group.add_argument("--upsampling", choices=UPSAMPLINGS, default="half_pixel", help="of animegan2")
    group = parser.add_argument_group("a graph, where what is found out about it is wrong")
    group.add_argument("--layout", choices=LAYOUTS)
    group.add_argument("--value-range", choices=RANGES)
    group.add_argument("--multiple", type=int, metavar="PX", help="what sides must be divisible by")


def write_file_package(file: Path, folder: Path, options: dict[str, Any], report: Callable[[str], object]) -> Path:
    """Write the package of a file into a folder, and return it. Raise BadWeights or CommandError."""
    for name in ("id", "license", "license_url"):
        if not options[name]:
            raise CommandError(
                f"a file needs --{name.replace('_', '-')}: what it is called, and what it may be used for"
            )
    if not file.is_file():
        raise BadWeights(f"{file}: no such file")
    entry = {
        "id": options["id"],
        "title": {"en": options["title"] or options["id"]},
        "description": {"en": options["title"] or options["id"]},
        "subject": options["subject"],
        **_describe_network(file, options, report),
        "file": f"{options['id']}{file.suffix.lower()}",
        "source": options["source"] or file.name,
        "license": {"en": options["license"]},
        "license_url": options["license_url"],
        "working_size": options["working_size"],
        "color_order": options["color_order"],
    }
    folder.mkdir()
    target = folder / str(entry["file"]).replace("/", "_")
    shutil.copyfile(file, target)
    with target.open("rb") as stream:
        entry["sha256"] = hashlib.file_digest(stream, "sha256").hexdigest()
    (folder / "manifest.json").write_text(json.dumps({"styles": [entry]}, ensure_ascii=False), encoding="utf-8")
    return folder


def _describe_network(file: Path, options: dict[str, Any], report: Callable[[str], object]) -> dict[str, Any]:
    """Return the keys of an entry that say what is in the file. Raise BadWeights."""
    if not is_graph(file):
        architecture = detect_architecture(read_state_dict(file))
        if architecture is None:
            raise BadWeights(f"{file}: a state dict of no network that is known here")
        report(f"a state dict of {architecture}")
        return {"architecture": architecture, "upsampling": options["upsampling"]}
    known = {"layout": options["layout"], "multiple": options["multiple"]}
    known |= {"value_range": RANGES[options["value_range"]] if options["value_range"] else None}
    found = try_graph(file, {key: value for key, value in known.items() if value})
    form = found.format
    size = (
        f"{found.width} x {found.height} pixels only" if form.fixed_size else f"sides in multiples of {form.multiple}"
    )
    values = ", ".join(f"{end:.0f}" for end in form.value_range)
    report(f"a graph: {form.layout}, values [{values}], {size}; a photo of {found.width} x {found.height} converted")
    return {"architecture": GRAPH, "graph": form.as_entry()}
