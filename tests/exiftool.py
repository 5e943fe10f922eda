"""What files say of themselves, as ExifTool reads them: another program than ours."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from imaging.labels.xmp import DIGITAL_SOURCE_TYPE
from tests.needs import need_program


def read_tags(paths: Iterable[Path]) -> dict[Path, dict[str, Any]]:
    """All that ExifTool finds in each file, by "Group:Name", as "Keys:AIGC"."""
    command = [need_program("exiftool"), "-j", "-n", "-G1", "-a", "-u", *paths]
    done = subprocess.run(command, capture_output=True, check=True)
    return {Path(tags["SourceFile"]): tags for tags in json.loads(done.stdout)}


def read_aigc(paths: Iterable[Path]) -> dict[Path, list[dict[str, str]]]:
    """The AIGC labels of each file: one, or none. It must say in any case that AI made it, and nothing of where."""
    labels = {}
    for path, tags in read_tags(paths).items():
        assert not [name for name in tags for word in ("Warning", "Error", "GPS") if word in name], tags
        assert tags.get("XMP-iptcExt:DigitalSourceType") == DIGITAL_SOURCE_TYPE, tags
        labels[path] = [json.loads(value) for name, value in tags.items() if name.lower().endswith(":aigc")]
    return labels
