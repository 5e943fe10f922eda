"""VGG19's weights as torchvision publishes them: no style, but what training sees pictures with."""

from dataclasses import dataclass
from pathlib import Path

NAME = "vgg19-dcbb9e9d.pth"


@dataclass(frozen=True)
class VGG19File:
    """The file (548 MB) in a weights folder; `download.fetch` takes it as it takes a style."""

    folder: Path
    id: str = "vgg19"
    source: str = f"https://download.pytorch.org/models/{NAME}"
    sha256: str = NAME.removesuffix(".pth").partition("-")[2]  # its beginning, the name has it: all that was published
    git_blob: str = ""

    @property
    def path(self) -> Path:
        return self.folder / NAME

    @property
    def downloaded(self) -> bool:
        return self.path.is_file()
