"""What every run of adversarial training is asked for; each recipe adds its own. What settings of any run must be."""

from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import ClassVar, Literal

import torch

from inference.vgg19 import NAME
from training.losses.perceptual import CHOICES
from training.networks.vgg19 import require
from training.style_package import StyleTexts, style_id

# Half precision as float16 is left out: what scales its losses would be one more thing to keep in a checkpoint.
Precision = Literal["32-true", "bf16-mixed"]
NOT_OF_THE_RUN = ("out", "device", "cache", "vgg19")  # settings that may change without a word


def require_positive(settings: object, *names: str) -> None:
    """Raises ValueError, naming the setting, for less than 1."""
    for name in names:
        if getattr(settings, name) < 1:
            raise ValueError(f"{name} must be 1 or more, not {getattr(settings, name)}")


def require_device(device: str) -> None:
    """Raises ValueError for a card that torch does not find."""
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise ValueError(f"torch finds no {device} on this machine")


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """What a run is made from. `batch` is of each process; sizes are pixels of a side."""

    command: ClassVar[str]  # which makes such runs
    photos: Path  # folders, or what prepare_dataset wrote, with train/ and val/ in it
    out: Path  # checkpoint, log, sheet, TensorBoard's files, and what comes at the end
    perceptual: str = "vgg19"
    vgg19: Path = Path("weights") / NAME
    batch: int = 12
    size: int = 256
    ema: float = 0.999
    seed: int = 1
    device: str = "cpu"
    processes: int = 1  # on each machine
    machines: int = 1
    precision: Precision = "32-true"
    every: int = 200  # steps between two rows of the log, sheets and checkpoints
    cache: Path = Path("runs") / "cache"  # resized pictures
    texts: StyleTexts = field(default_factory=StyleTexts)

    def __post_init__(self) -> None:
        """Raises ValueError for what would fail only later."""
        style_id(self.out.name)
        require_positive(self, "batch", "every", "processes", "machines")
        if self.size % 8 or self.size < 32:  # the networks halve it three times, VGG19 among them
            raise ValueError(f"size must be a multiple of 8, 32 or more, not {self.size}")
        if self.perceptual not in CHOICES:
            raise ValueError(f"perceptual {self.perceptual!r} is not known")
        if self.perceptual == "vgg19":
            require(self.vgg19)
        require_device(self.device)

    @property
    def checkpoint(self) -> Path:
        return self.out / "checkpoint.pt"

    def described(self) -> dict[str, str]:
        """As a checkpoint holds them, by the names that they have as options of the command."""
        told = {"command": self.command}
        for name in (one.name for one in fields(self) if one.name not in NOT_OF_THE_RUN):
            value = getattr(self, name)
            if is_dataclass(value) and not isinstance(value, type):
                suffix = "_weight" if name == "weights" else ""
                told |= {f"{part}{suffix}": str(of_it) for part, of_it in asdict(value).items()}
            else:
                told[name] = str(value)
        return told

    @property
    def network(self) -> str:
        """The generator, as the manifest calls it."""
        raise NotImplementedError
