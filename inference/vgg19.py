"""VGG19's weights as torchvision publishes them: no style, but what training sees pictures with."""

from dataclasses import dataclass

from imaging.weights_files import WeightsFile

NAME = "vgg19-dcbb9e9d.pth"


@dataclass(frozen=True)
class VGG19File(WeightsFile):
    """The file has 548 MB."""

    name: str = NAME
    id: str = "vgg19"
    source: str = f"https://download.pytorch.org/models/{NAME}"
    sha256: str = NAME.removesuffix(".pth").partition("-")[2]  # its beginning, the name has it: all that was published
