"""What all contestants read: a photo in two sizes, weights, the exported graph, and a site of their own."""

import json
import shutil
import warnings
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from inference.styles import Style

RANDOM_STYLE = "animegan2"
GRAIN = 4  # standard deviation, of 255 levels: with it a JPEG of 12 megapixels has the 4 MB that cameras write
PHOTO_QUALITY = 92


@dataclass(frozen=True)
class Material:
    """A folder, and where in it things are."""

    folder: Path

    @property
    def weights(self) -> Path:
        """The site's folder of weights, with a manifest of the default style, its fast variant and `animegan2`."""
        return self.folder / "weights"

    @property
    def animegan2(self) -> Path:
        """What `make_random_animegan2` writes."""
        return self.weights / f"{RANDOM_STYLE}.pt"

    @property
    def graph(self) -> Path:
        """The same network for ONNX Runtime."""
        return self.folder / f"{RANDOM_STYLE}.onnx"

    def photo(self, height: int, width: int) -> Path:
        """A JPEG of this size in pixels."""
        return self.folder / f"photo_{width}x{height}.jpg"


def make_material(folder: Path, default: Style) -> Material:
    """All but the photos. `default` is the site's default style, whose weights must be there, as its fast ones may."""
    material = Material(folder)
    material.weights.mkdir()
    (folder / "var" / "static").mkdir(parents=True)  # where the site looks for static files
    compared = [
        replace(file, id=fast_id(default.id)) if file.is_fast else file for file in default.files if file.is_available
    ]
    for style in compared:
        shutil.copy2(style.path, material.weights)
    stand_in = make_random_animegan2(material.animegan2)
    _export(stand_in, material.graph)
    manifest = {"styles": [_entry(style) for style in (*compared, stand_in)]}
    (material.weights / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return material


def fast_id(style_id: str) -> str:
    """Return what a style's fast variant is called here, where it is a style like the others."""
    return f"{style_id}_fast"


def _entry(style: Style) -> dict[str, object]:
    fields = asdict(replace(style, fast=None))
    del fields["is_fast"]
    if not style.graph:
        del fields["graph"]
    return fields | {"file": fields.pop("path").name}


def make_random_animegan2(path: Path) -> Style:
    """Write a state dict of AnimeGANv2 with random values: speed does not depend on them."""
    import torch

    from inference.architectures import build_network

    torch.save(build_network("animegan2").state_dict(), path)
    texts, digest = {"en": "AnimeGANv2"}, sha256(path.read_bytes()).hexdigest()
    return Style(RANDOM_STYLE, texts, texts, "any", "animegan2", path, "", texts, "", 512, digest)


def _export(style: Style, path: Path) -> None:
    """The graph for ONNX Runtime."""
    if not find_spec("onnx"):
        return  # a contestant will say so
    import torch

    from inference.checkpoints import load_generator

    sides = {2: "height", 3: "width"}
    with warnings.catch_warnings(action="ignore"):
        torch.onnx.export(
            load_generator(style),
            (torch.zeros(1, 3, 64, 64),),
            str(path),
            dynamo=False,  # the other exporter needs more packages
            input_names=["photo"],
            output_names=["anime"],
            dynamic_axes={"photo": sides, "anime": sides},
        )


def add_photo(material: Material, height: int, width: int) -> None:
    """The portrait of an astronaut that scikit-image carries (NASA, public domain), cut to shape, with grain."""
    from imaging.samples import sample_file

    with Image.open(sample_file()) as image:
        scale = min(image.width / width, image.height / height)
        box = (0, 0, round(width * scale), round(height * scale))
        pixels = np.asarray(image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS, box))
    grain = np.random.default_rng(0).normal(0, GRAIN, (height, width, 1)).astype(np.float32)
    noisy = np.clip(pixels + grain, 0, 255).astype(np.uint8)
    Image.fromarray(noisy).save(material.photo(height, width), quality=PHOTO_QUALITY)
