"""Which networks there are: what each is built from, and what it costs.

A new network is a module in this package and an entry here. The entries are apart from the classes because nothing here
imports torch: a server that runs what OpenVINO has kept never does, and starts in a fraction of the time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Cost:
    """What a network takes on a processor, measured."""

    pixel_bytes: int  # of memory, for each pixel that is worked on
    max_pixels: int  # worked on at once; so many take about 1.2 GB
    relative_seconds: float  # for a pixel, in units of those of `compact`


@dataclass(frozen=True)
class ArchitectureSpec:
    """One network. `generator` is `module:Class`, imported when it is built; `arguments` are those of the class."""

    id: str
    generator: str
    cost: Cost
    arguments: Mapping[str, Any] = field(default_factory=dict)
    multiple: int = 8  # height and width must be divisible by this
    has_upsampling: bool = False  # whether the class takes `align_corners` and `upsampling`, which change no tensor

    @property
    def class_name(self) -> str:
        """Return the name of the generator's class."""
        return self.generator.partition(":")[2]

    def build(self, **changes: float | str) -> "nn.Module":
        """Return an untrained network; `changes` replace or add arguments of its class.

        `align_corners` and `upsampling`, which are a style's and mean nothing to most networks, may be given for all.
        """
        if not self.has_upsampling:
            changes = {name: value for name, value in changes.items() if name not in UPSAMPLING_ARGUMENTS}
        module, _, name = self.generator.partition(":")
        network: nn.Module = getattr(import_module(module), name)(**{**self.arguments, **changes})
        return network

    def tensor_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each tensor of its state dict, by name."""
        import torch

        with torch.device("meta"):  # which takes no memory and fills nothing
            return {name: tuple(tensor.shape) for name, tensor in self.build().state_dict().items()}

    def detect(self, state: Mapping[str, "Tensor"]) -> bool:
        """Return whether a state dict is of this network: the same names and shapes."""
        return {name: tuple(tensor.shape) for name, tensor in state.items()} == self.tensor_shapes()


UPSAMPLING_ARGUMENTS = ("align_corners", "upsampling")
_FINE = {"shrink": 2, "width": 32, "deep_width": 128, "blocks": 2}
_LIGHT = {"widths": (16, 32, 48, 64), "blocks": (1, 1, 1, 2), "thin_width": 8}
_PACKAGE = "inference.architectures"
ARCHITECTURES: dict[str, ArchitectureSpec] = {}


def register(spec: ArchitectureSpec) -> ArchitectureSpec:
    """Make a network known by its id. Raise ValueError for an id that is taken."""
    if spec.id in ARCHITECTURES:
        raise ValueError(f"there is a network {spec.id!r} already")
    ARCHITECTURES[spec.id] = spec
    return spec


for _spec in (
    ArchitectureSpec("animegan1", f"{_PACKAGE}.animegan1:AnimeGAN1Generator", Cost(1750, 700_000, 12.0)),
    ArchitectureSpec(
        "animegan2",
        f"{_PACKAGE}.animegan2:AnimeGAN2Generator",
        Cost(1100, 1_100_000, 9.0),
        has_upsampling=True,
    ),
    ArchitectureSpec("compact", f"{_PACKAGE}.compact:CompactGenerator", Cost(200, 6_000_000, 1.0)),
    ArchitectureSpec("compact_fine", f"{_PACKAGE}.compact:CompactGenerator", Cost(200, 6_000_000, 1.4), _FINE),
    ArchitectureSpec(
        "compact_context", f"{_PACKAGE}.compact_context:CompactContextGenerator", Cost(260, 4_600_000, 1.05)
    ),
    ArchitectureSpec(
        "compact_fine_context", f"{_PACKAGE}.compact_context:CompactContextGenerator", Cost(275, 4_300_000, 1.5), _FINE
    ),
    ArchitectureSpec("unet", f"{_PACKAGE}.unet:UNetGenerator", Cost(260, 4_600_000, 0.95), multiple=16),
    ArchitectureSpec("unet_light", f"{_PACKAGE}.unet:UNetGenerator", Cost(225, 5_300_000, 0.35), _LIGHT, multiple=16),
    ArchitectureSpec("whitebox", f"{_PACKAGE}.whitebox:WhiteboxGenerator", Cost(450, 2_500_000, 2.7)),
):
    register(_spec)


def architectures_of_class(class_name: str) -> list[str]:
    """Return the ids of the networks that are built from a class, such as `CompactGenerator`."""
    return [spec.id for spec in ARCHITECTURES.values() if spec.class_name == class_name]


def build_network(architecture: str, **changes: float | str) -> "nn.Module":
    """Return an untrained network by its id, as `ArchitectureSpec.build` does. Raise KeyError for another id."""
    return ARCHITECTURES[architecture].build(**changes)


def detect_architecture(state: Mapping[str, "Tensor"]) -> str | None:
    """Return the id of the network that a state dict is of, by its names and shapes; None for none of these."""
    return next((spec.id for spec in ARCHITECTURES.values() if spec.detect(state)), None)
