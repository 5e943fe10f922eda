"""What a run is made from: typed settings, kept as `config.json` in the run's folder.

Each recipe derives its own from `TrainConfig`, with the fields that it adds and the defaults that it changes.
"""

import json
import types
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints

import torch

from imaging.files import write_atomically
from imaging.json_files import read_json
from inference.vgg19 import VGG19_FILE_NAME
from training.losses.perceptual import PERCEPTUAL_CHOICES
from training.networks.vgg19 import require_vgg19
from training.style_package import StyleTexts, make_style_id

# Half precision as float16 is left out: what scales its losses would be one more thing to keep in a checkpoint.
Precision = Literal["32-true", "bf16-mixed"]


def require_positive(config: object, *names: str) -> None:
    """Raise ValueError, naming the setting, for less than 1."""
    for name in names:
        if getattr(config, name) < 1:
            raise ValueError(f"{name} must be 1 or more, not {getattr(config, name)}")


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """The settings that every run has. What is `machine_specific` may change when a run is resumed, without a word."""

    command: ClassVar[str]  # the management command that makes such runs
    machine_specific: ClassVar[tuple[str, ...]] = ("out", "device")
    out: Path  # a folder: checkpoint, log, sheet, TensorBoard's files, and what comes at the end
    batch_size: int = 8
    ema: float = 0.999
    seed: int = 1
    device: str = "cpu"
    checkpoint_interval: int = 500  # steps between two rows of the log, sheets and checkpoints
    weights: Mapping[str, float] = field(default_factory=dict)  # of the losses, by name

    def __post_init__(self) -> None:
        """Raise ValueError for what would fail only later."""
        require_positive(self, "batch_size", "checkpoint_interval")
        if unknown := self.weights.keys() - self.default_weights().keys():
            raise ValueError(f"weights of losses that are not known: {', '.join(sorted(unknown))}")
        # Settings that name some of the weights have the others as they are by default.
        object.__setattr__(self, "weights", {**self.default_weights(), **self.weights})

    @classmethod
    def default_weights(cls) -> Mapping[str, float]:
        """Return the weights of the losses as they are where the settings do not name them."""
        (weights,) = (one for one in fields(cls) if one.name == "weights")
        assert callable(weights.default_factory)  # noqa: S101 - for the type checker
        return weights.default_factory()

    def check_environment(self) -> None:
        """Raise ValueError for a device or a file that this machine lacks."""
        if self.device.startswith("cuda") and not torch.cuda.is_available():
            raise ValueError(f"torch finds no {self.device} on this machine")

    @property
    def checkpoint(self) -> Path:
        return self.out / "checkpoint.pt"

    @property
    def fabric_options(self) -> dict[str, Any]:
        """The arguments of Lightning Fabric: one process, on one device."""
        device = torch.device(self.device)
        return {"accelerator": device.type, "devices": 1 if device.index is None else [device.index]}

    def flatten(self) -> dict[str, Any]:
        """Return all settings as `flatten_settings` does."""
        return flatten_settings(type(self), {one.name: getattr(self, one.name) for one in fields(self)})


@dataclass(frozen=True, kw_only=True)
class UnpairedConfig(TrainConfig):
    """The settings of adversarial training on pictures that do not belong together.

    `batch_size` is of each process; `size` is pixels of a side.
    """

    machine_specific: ClassVar[tuple[str, ...]] = ("out", "device", "cache", "vgg19")
    photos: Path  # a folder, or what prepare_dataset wrote, with train/ and val/ in it
    perceptual: str = "vgg19"
    vgg19: Path = Path("weights") / VGG19_FILE_NAME
    batch_size: int = 12
    size: int = 256
    processes: int = 1  # on each machine
    machines: int = 1
    precision: Precision = "32-true"
    discriminator_width: int = 32  # channels of the first layer
    checkpoint_interval: int = 200
    cache: Path = Path("runs") / "cache"  # resized pictures
    texts: StyleTexts = field(default_factory=StyleTexts)

    def __post_init__(self) -> None:
        """Raise ValueError for what would fail only later."""
        super().__post_init__()
        make_style_id(self.out.name)
        require_positive(self, "processes", "machines", "discriminator_width")
        if self.size % 8 or self.size < 32:  # the networks halve it three times, VGG19 among them
            raise ValueError(f"size must be a multiple of 8, 32 or more, not {self.size}")
        if self.perceptual not in PERCEPTUAL_CHOICES:
            raise ValueError(f"perceptual {self.perceptual!r} is not known")

    def check_environment(self) -> None:
        super().check_environment()
        if self.perceptual == "vgg19":
            require_vgg19(self.vgg19)

    @property
    def fabric_options(self) -> dict[str, Any]:
        """One process, or several, which share their gradients (distributed data parallel)."""
        strategy = "ddp" if self.processes * self.machines > 1 else "auto"
        where = {"accelerator": self.device, "devices": self.processes, "num_nodes": self.machines}
        return where | {"strategy": strategy, "precision": self.precision}

    @property
    def network(self) -> str:
        """The generator, as the manifest calls it."""
        raise NotImplementedError


def flatten_settings(kind: type[TrainConfig], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings by option, of which only some may be known: weights as NAME_weight, none of the machine."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if name == "weights":
            flat |= {f"{loss}_weight": weight for loss, weight in value.items()}
        elif isinstance(value, StyleTexts):
            flat |= asdict(value)
        elif name not in kind.machine_specific:
            flat[name] = value
    return flat


def to_json(value: Any) -> Any:
    """Return a setting as JSON has it: paths as strings, dataclasses as objects."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: to_json(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {name: to_json(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(one) for one in value]
    return str(value) if isinstance(value, Path) else value


def from_json(kind: Any, value: Any) -> Any:
    """Return what `to_json` made as the annotated type `kind`. Raise TypeError or ValueError where it is none."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        inner = next(one for one in arguments if one is not types.NoneType)
        return None if value is None else from_json(inner, value)
    if is_dataclass(kind) and isinstance(kind, type):
        return kind(**typed_fields(kind, value))
    if origin in (list, tuple):
        return origin(from_json(arguments[0], one) for one in value)
    if origin in (dict, Mapping):
        return {name: from_json(arguments[1], one) for name, one in value.items()}
    return kind(value) if kind in (int, float, str, Path) else value


def typed_fields(kind: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the JSON `values` that a dataclass has fields for, as the types of these."""
    hints = get_type_hints(kind)
    names = [one.name for one in fields(kind)]
    return {name: from_json(hints[name], values[name]) for name in names if name in values}


def write_config(config: TrainConfig) -> None:
    """Write `config.json` into the run's folder, whole or not at all."""
    text = json.dumps({"command": config.command} | to_json(config), ensure_ascii=False, indent=2)
    write_atomically(config.out / "config.json", f"{text}\n")


def read_config(run: Path) -> dict[str, Any] | None:
    """Return what a run's `config.json` says, or None where there is none. Raise ValueError for a damaged one."""
    path = run / "config.json"
    try:
        values = read_json(path)
        return dict(values) | {"command": values["command"]}
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: not the settings of a run ({type(error).__name__}: {error})") from error
