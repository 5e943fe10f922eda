"""White-box Cartoonization: a generator learns surface, structure and texture of cartoons, each by a loss of its own.

    train(WhiteboxConfig(photos=Path("photo"), anime=Path("anime"), start=Path("runs/start"), out=Path("runs/comic")))

Wang, Yu: Learning to Cartoonize Using White-box Cartoon Representations, CVPR 2020; with the landmark loss that keeps
faces in place. Reads from top to bottom: settings, discriminators, trainer with its step, the run. What is not
White-box's own is in `unpaired` and `trainer`; `whitebox_pretrain` makes what it starts from.

The guided filter that ends the generator has eps 5e-3 here, as in conversions; the authors train with 1e-2 and convert
with 5e-3.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from inference.architectures import build_network
from training.checkpoints import read_checkpoint
from training.config import UnpairedConfig, require_positive
from training.data.unpaired import WhiteboxBatch, WhiteboxData, cache_pictures, fingerprint_pictures, train_dir
from training.losses import (
    CONTENT,
    LANDMARK,
    STRUCTURE,
    SURFACE,
    TEXTURE,
    TOTAL_VARIATION,
    compute_losses,
    default_weights,
    extract_structure,
    extract_surface,
    extract_texture,
    landmark_loss,
    lsgan_generator_loss,
    lsgan_pair_loss,
    random_gray_weights,
    weighted_sum,
)
from training.losses.perceptual import load_perceptual
from training.losses.representations import SUPERPIXEL_METHODS
from training.networks.discriminators import WhiteboxDiscriminator
from training.networks.landmark_net import LandmarkNet
from training.optim import gan_adam
from training.recipes.unpaired import UnpairedTrainer
from training.trainer import Report, launch, load_shared

LOSSES = (TOTAL_VARIATION, SURFACE, TEXTURE, CONTENT, STRUCTURE, LANDMARK)  # of the generator, all of them means
# "authors" and "faces" are published factors, converted to means and to torchvision's VGG19: see docs/training.md.
# "pyramid" is our own, for training without VGG19.
WEIGHTS = default_weights(LOSSES, total_variation=0.1, content=0.1)
PRESETS: dict[str, dict[str, float]] = {
    "authors": WEIGHTS,
    "faces": WEIGHTS | {"total_variation": 4.0, "surface": 0.2, "texture": 5.0, "content": 0.04, "structure": 0.0012},
    "pyramid": WEIGHTS
    | {"total_variation": 5.0, "surface": 0.5, "texture": 1.0, "content": 1.5, "structure": 4.0, "landmark": 0.3},
}
ADAM_BETA2 = 0.99


@dataclass(frozen=True, kw_only=True)
class WhiteboxConfig(UnpairedConfig):
    """The settings of a run; `start`: the run of `pretrain_whitebox` to begin with."""

    command: ClassVar[str] = "train_whitebox"
    anime: Path
    start: Path | None = None
    weights: Mapping[str, float] = field(default_factory=lambda: PRESETS["authors"])
    superpixels: str = "slic"
    batch_size: int = 16
    steps: int = 100_000
    learning_rates: tuple[float, float] = (2e-4, 2e-4)  # of the generator and of the discriminators

    def __post_init__(self) -> None:
        """Raise ValueError for what would fail only later."""
        super().__post_init__()
        require_positive(self, "steps")
        if self.superpixels not in SUPERPIXEL_METHODS:
            raise ValueError(f"superpixels {self.superpixels!r} are not known")

    @property
    def network(self) -> str:
        return "whitebox"


class Discriminators(nn.Module):
    """Those of surface and of texture: RGB [N,3,H,W] to the scores of each, [N,1,H/8,W/8]."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.surface, self.texture = WhiteboxDiscriminator(3, width), WhiteboxDiscriminator(1, width)

    def forward(self, pictures: Tensor, gray_weights: tuple[float, float, float]) -> tuple[Tensor, Tensor]:
        return self.surface(extract_surface(pictures)), self.texture(extract_texture(pictures, gray_weights))


class WhiteboxTrainer(UnpairedTrainer[WhiteboxConfig, WhiteboxBatch]):
    """Generator, its running average, both discriminators, two optimizers; the landmark network, if any.

    `start`: the checkpoint of `pretrain_whitebox` to begin with, or nothing.
    """

    logged = (*LOSSES, "surface_discriminator", "texture_discriminator")
    checkpointed: tuple[str, ...] = (
        "generator",
        "average",
        "discriminators",
        "generator_optimizer",
        "discriminators_optimizer",
    )
    trained = ("generator", "discriminators")

    def __init__(
        self, config: WhiteboxConfig, fabric: Fabric, data: Mapping[str, Any], start: Mapping[str, Any]
    ) -> None:
        super().__init__(config, fabric, data)
        self.perceptual = self.to_device(load_perceptual(config.perceptual, config.vgg19))
        generator = build_network(config.network)
        discriminators = self.to_device(Discriminators(config.discriminator_width))
        if start:
            generator.load_state_dict(start["average"])
        generator = self.place_generator(generator)
        generator_rate, discriminator_rate = config.learning_rates
        self.generator, self.generator_optimizer = fabric.setup(
            generator, gan_adam(generator, generator_rate, ADAM_BETA2)
        )
        self.discriminators, self.discriminators_optimizer = fabric.setup(
            discriminators, gan_adam(discriminators, discriminator_rate, ADAM_BETA2)
        )
        self.landmark_net: nn.Module | None = None
        if data["landmarks"]:
            self.landmark_net = self.to_device(LandmarkNet()).eval().requires_grad_(False)
            self.landmark_net.load_state_dict(start["landmark_net"])
            self.checkpointed = (*self.checkpointed, "landmark_net")

    def training_step(self, batch: WhiteboxBatch) -> dict[str, Tensor]:
        """Make a step of the discriminators, and one of the generator."""
        gray_weights = random_gray_weights(np.random.default_rng([self.config.seed, self.step]))
        result = self.generator(batch.photos)
        surface, texture = self.discriminators(torch.cat([batch.cartoons, result.detach()]), gray_weights)
        losses = {
            f"{name}_discriminator": lsgan_pair_loss(*scores.chunk(2))
            for name, scores in (("surface", surface), ("texture", texture))
        }
        self.update(self.discriminators_optimizer, torch.stack(list(losses.values())).sum())

        # Past Fabric's wrapper: in the generator's step, processes have no gradients of the discriminators to share.
        discriminators = self.discriminators.module.requires_grad_(False)
        with self.fabric.autocast():
            surface, texture = discriminators(result, gray_weights)
            drawing_losses = self.drawing_losses(batch.photos, result)
        discriminators.requires_grad_(True)
        losses |= {"surface": lsgan_generator_loss(surface.float()), "texture": lsgan_generator_loss(texture.float())}
        losses |= compute_losses(LOSSES, {"photo": batch.photos, "result": result.float()}) | drawing_losses
        self.update(self.generator_optimizer, weighted_sum(losses, self.config.weights))
        return losses

    def drawing_losses(self, photos: Tensor, result: Tensor) -> dict[str, Tensor]:
        """Return how far the result is from what the photo shows, from being as flat as its blocks, and its face."""
        losses = {}
        content = self.perceptual(photos, result)
        if content:
            blocks = extract_structure(result, self.config.superpixels)
            losses = {"content": content["content"], "structure": self.perceptual(blocks, result)["content"]}
        if self.landmark_net:
            with torch.no_grad():
                target = self.landmark_net(photos)
            losses["landmark"] = landmark_loss(target, self.landmark_net(result))
        return losses


def load_data(config: WhiteboxConfig, report: Report) -> tuple[WhiteboxData, str]:
    """Return what to learn from, and its fingerprint."""
    kinds = [
        cache_pictures(train_dir(folder), config.size, config.cache, report) for folder in (config.photos, config.anime)
    ]
    photos, cartoons = (list(kind.values()) for kind in kinds)
    return WhiteboxData(photos, cartoons, config.size, config.seed), fingerprint_pictures(*kinds)


def load_start(start: Path | None) -> dict[str, Any]:
    """Return the checkpoint of the run to begin with; nothing where there is none. Raise ValueError, naming it."""
    if start is None:
        return {}
    path = start / "checkpoint.pt" if start.is_dir() else start
    state = read_checkpoint(path)
    if not {"average", "landmark_net"} <= state.keys() or "faces" not in state.get("data", {}):
        raise ValueError(f"{path}: not a checkpoint of pretrain_whitebox")
    return state


def train(config: WhiteboxConfig, *, resume: bool = False, report: Report = print) -> Path:
    """Run to the end and return the folder of the style package. Raise what `animegan.train` does."""
    config.check_environment()
    start = load_start(config.start)
    has_landmarks = bool(start and start["data"]["faces"] and config.weights["landmark"])
    fabric = launch(config, resume=resume)
    data, fingerprint = load_shared(fabric, report, lambda say: load_data(config, say))
    pictures, total_batch_size = [len(data.photos), len(data.cartoons)], config.batch_size * fabric.world_size
    identity = {"pictures": pictures, "fingerprint": fingerprint, "batch_size": total_batch_size}
    identity |= {"seed": config.seed, "size": config.size, "landmarks": has_landmarks}
    trainer = WhiteboxTrainer(config, fabric, identity, start)
    if fabric.is_global_zero:
        landmarks = "with" if has_landmarks else "without"
        report(f"{pictures[0]} photos, {pictures[1]} cartoons; {config.steps} steps, {landmarks} the landmark loss")
    trainer.fit(data, config.steps, report)
    facts = {"photos": pictures[0], "cartoons": pictures[1], "perceptual": config.perceptual}
    facts |= {"batch": total_batch_size, "size": config.size, "superpixels": config.superpixels}
    facts |= {"learning rates": config.learning_rates, "weights": dict(config.weights)}
    return trainer.write_package(
        facts | {"landmarks": has_landmarks, "seed": config.seed, "average": config.ema}, report
    )
