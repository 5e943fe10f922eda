"""VGG19's weights as torchvision publishes them: no style, but what training sees pictures with."""

from dataclasses import dataclass

from imaging.weights_files import WeightsFile

VGG19_FILE_NAME = "vgg19-dcbb9e9d.pth"


@dataclass(frozen=True)
class VGG19File(WeightsFile):
    """Its file, which has 548 MB."""

    name: str = VGG19_FILE_NAME
    id: str = "vgg19"
    source: str = f"https://download.pytorch.org/models/{VGG19_FILE_NAME}"
    # Its beginning, which is in the name: all that was published.
    sha256: str = VGG19_FILE_NAME.removesuffix(".pth").partition("-")[2]
