"""A style package, which `manage.py add_style` takes: weights, a manifest of one style, a card and a sheet."""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from torch import nn

from imaging.files import write_atomically
from training.checkpoints import save_weights


@dataclass(frozen=True)
class StyleTexts:
    """What the site says about a style. Without a license, `add_style` asks for one."""

    title: str = ""
    description: str = ""
    subject: str = "any"
    license: str = ""
    license_url: str = ""


def make_style_id(name: str) -> str:
    """Return the name of a run as an id: small letters, digits, underscores, a letter first. Raise ValueError."""
    found = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    if not re.match(r"[a-z]", found):
        raise ValueError(f"{name}: the name of the run becomes the style's id, so it must begin with a letter")
    return found


def _manifest_entry(name: str, architecture: str, file: Path, texts: StyleTexts, working_size: int) -> dict[str, Any]:
    return {
        "id": name,
        "title": {"en": texts.title or name.replace("_", " ").title()},
        "description": {"en": texts.description or "A style of this site's own."},
        "subject": texts.subject,
        "architecture": architecture,
        "file": file.name,
        "sha256": sha256(file.read_bytes()).hexdigest(),
        "source": f"weights/{name}.md",
        "license": {"en": texts.license},
        "license_url": texts.license_url,
        "working_size": working_size,
    }


def _model_card(entry: dict[str, Any], facts: dict[str, Any]) -> str:
    lines = "\n".join(f"- {name}: {value}" for name, value in facts.items())
    license_text = " ".join(part for part in (entry["license"]["en"], entry["license_url"]) if part)
    return (
        f"# `{entry['id']}`\n\n![Photo and result, side by side]({entry['id']}.jpg)\n\n"
        f"**What it is.** Weights of the generator `{entry['architecture']}`, half-precision safetensors.\n\n"
        f"**License.** {license_text or 'Not stated.'}\n\n**How it was made.**\n\n{lines}\n\n"
        "**Limits.** To be written by whoever looks at its results.\n"
    )


def write_package(
    folder: Path,
    network: nn.Module,
    architecture: str,
    *,
    texts: StyleTexts,
    facts: dict[str, Any],
    sheet: Path,
    working_size: int,
    name: str,
) -> Path:
    """Write the package of the generator `network`, which is of that architecture; return the folder.

    `facts` go into the card. The manifest comes last: a folder that has one is whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / f"{name}.safetensors"
    save_weights(network, weights, {"network": architecture} | {fact: str(value) for fact, value in facts.items()})
    entry = _manifest_entry(name, architecture, weights, texts, working_size)
    (folder / f"{name}.jpg").write_bytes(sheet.read_bytes())
    (folder / f"{name}.md").write_text(_model_card(entry, facts), encoding="utf-8")
    manifest = json.dumps({"styles": [entry]}, ensure_ascii=False, indent=2)
    write_atomically(folder / "manifest.json", f"{manifest}\n")
    return folder
