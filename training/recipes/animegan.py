"""AnimeGAN and AnimeGANv2: a generator learns from photos and anime pictures that do not belong together.

    train(AnimeGANConfig(photos=Path("photo"), anime=Path("anime"), out=Path("runs/hayao"), perceptual="pyramid"))

Chen, Liu, Chen: AnimeGAN, ISICA 2019; second version 2020. Reads from top to bottom: settings, trainer with the two
kinds of steps, the run. At first the generator only learns to draw what is in the photo (as CartoonGAN, CVPR 2018, has
it); then the discriminator joins. What is not AnimeGAN's own is in `unpaired` and `trainer`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import torch
from lightning_fabric import Fabric
from torch import Tensor

from inference.architectures import build_network
from training.checkpoints import read_checkpoint
from training.config import UnpairedConfig, require_positive
from training.data.unpaired import AnimeGANBatch, AnimeGANData, cache_pictures, fingerprint_pictures, train_dir
from training.losses import (
    ADVERSARIAL,
    COLOR,
    CONTENT,
    DISCRIMINATOR_WEIGHTS,
    REGIONS,
    STYLE,
    TOTAL_VARIATION,
    compute_losses,
    default_weights,
    extract_structure,
    grayscale,
    lsgan_discriminator_loss,
    lsgan_generator_loss,
    weighted_sum,
)
from training.losses.perceptual import load_perceptual
from training.networks.discriminators import AnimeGANDiscriminator
from training.optim import gan_adam
from training.recipes.unpaired import UnpairedTrainer
from training.run_settings import read_settings
from training.trainer import Report, launch, load_shared

LOSSES = (CONTENT, STYLE, COLOR, TOTAL_VARIATION, REGIONS, ADVERSARIAL)  # of the generator
WEIGHTS = default_weights(LOSSES) | DISCRIMINATOR_WEIGHTS
# "1": Chen, Liu, Chen: AnimeGAN, ISICA 2019, section 3.2. The others are those that the authors give
# for AnimeGANv2 (2020), a style each; in "paprika" the smoothed pictures hardly count.
PRESETS: dict[str, dict[str, float]] = {
    "1": WEIGHTS,
    "hayao": WEIGHTS
    | {"style": 2.5, "color": 15.0, "total_variation": 1.0, "real": 1.2, "fake": 1.2, "gray": 1.2, "smooth": 0.8},
    "paprika": WEIGHTS | {"content": 2.0, "style": 0.6, "color": 50.0, "total_variation": 0.1, "smooth": 0.005},
    "shinkai": WEIGHTS
    | {"content": 1.2, "style": 2.0, "color": 10.0, "total_variation": 1.0}
    | {"real": 1.7, "fake": 1.7, "gray": 1.7, "smooth": 1.0},
}
# Learning rates of the first phase, the generator and the discriminator, by version. Those of 2 are as in its code;
# that of 1 has 4e-5 and 8e-5 with batches of 6: here, with batches of 12, the last two are twice as much.
LEARNING_RATES = {1: (1e-4, 8e-5, 1.6e-4), 2: (2e-4, 2e-5, 4e-5)}
FIRST_EPOCHS = {1: 1, 2: 10}  # of the first phase, by version, as the authors' code has them


def scale_first_epochs(version: int, epochs: int) -> int:
    """Return the epochs of the first phase if nobody says how many: the authors', half of a short run at most."""
    return min(FIRST_EPOCHS[version], epochs // 2)


@dataclass(frozen=True, kw_only=True)
class AnimeGANConfig(UnpairedConfig):
    """The settings of a run; `weights` are the losses' and the terms' of the discriminator."""

    command: ClassVar[str] = "train_animegan"
    anime: Path
    smooth: Path | None = None  # anime pictures with blurred edges; None: made as they are needed
    version: int = 2
    weights: Mapping[str, float] = field(default_factory=lambda: PRESETS["hayao"])
    epochs: int = 100
    # Of them, with nothing but the content loss; none without a perceptual loss. None: see `scale_first_epochs`.
    first_epochs: int | None = None
    learning_rates: tuple[float, float, float] = LEARNING_RATES[2]

    def __post_init__(self) -> None:
        """Raise ValueError for what would fail only later."""
        super().__post_init__()
        require_positive(self, "epochs")
        if self.version not in LEARNING_RATES:
            raise ValueError(f"version {self.version} is not known")
        if self.weights["regions"] and self.perceptual == "none":
            raise ValueError("the loss of regions needs a perceptual loss: vgg19 or pyramid, not none")
        if self.first_epochs is None:
            object.__setattr__(self, "first_epochs", scale_first_epochs(self.version, self.epochs))
        if self.content_epochs < 0:
            raise ValueError(f"first_epochs must be 0 or more, not {self.first_epochs}")
        if self.content_epochs >= self.epochs and self.perceptual != "none":
            raise ValueError(
                f"first_epochs must be less than epochs, not {self.first_epochs} of {self.epochs}: "
                "in the first phase the generator only learns to copy the photo"
            )

    @property
    def content_epochs(self) -> int:
        """Return how many epochs the first phase has."""
        return self.first_epochs or 0

    @property
    def network(self) -> str:
        return f"animegan{self.version}"


class AnimeGANTrainer(UnpairedTrainer[AnimeGANConfig, AnimeGANBatch]):
    """Generator, its running average, discriminator, three optimizers. `content_steps`: those of the first phase."""

    logged = (*LOSSES, "discriminator")
    checkpointed = (
        "generator",
        "average",
        "discriminator",
        "content_optimizer",
        "generator_optimizer",
        "discriminator_optimizer",
    )
    trained = ("generator", "discriminator")

    def __init__(
        self, config: AnimeGANConfig, fabric: Fabric, data: Mapping[str, Any], *, content_steps: int = 0
    ) -> None:
        super().__init__(config, fabric, data)
        self.content_steps = content_steps
        self.perceptual = self.to_device(load_perceptual(config.perceptual, config.vgg19))
        generator = self.place_generator(build_network(config.network))
        discriminator = self.to_device(AnimeGANDiscriminator(config.version, config.discriminator_width))
        content_rate, generator_rate, discriminator_rate = config.learning_rates
        # Two optimizers for the generator: what the first phase's has learned of gradients' sizes no longer holds.
        self.generator, self.content_optimizer, self.generator_optimizer = fabric.setup(
            generator, gan_adam(generator, content_rate), gan_adam(generator, generator_rate)
        )
        self.discriminator, self.discriminator_optimizer = fabric.setup(
            discriminator, gan_adam(discriminator, discriminator_rate)
        )

    def training_step(self, batch: AnimeGANBatch) -> dict[str, Tensor]:
        step = self.content_step if self.step < self.content_steps else self.adversarial_step
        return step(batch)

    def content_step(self, batch: AnimeGANBatch) -> dict[str, Tensor]:
        """Make a step of the first phase: the generator learns to draw what it sees. Return the losses by name."""
        result = self.generator(batch.photos)
        with self.fabric.autocast():
            losses: dict[str, Tensor] = self.perceptual(batch.photos, result)
        self.update(self.content_optimizer, self.config.weights["content"] * losses["content"])
        return losses

    def adversarial_step(self, batch: AnimeGANBatch) -> dict[str, Tensor]:
        """Make a step of the discriminator, and one of the generator. Return the losses, unweighted, by name."""
        weights, photos, anime = self.config.weights, batch.photos, batch.anime
        result = self.generator(photos)
        shown = torch.cat([anime, result.detach(), grayscale(anime), grayscale(batch.smooth)])
        of_anime, of_result, of_gray, of_smooth = self.discriminator(shown).chunk(4)
        discriminator_loss = lsgan_discriminator_loss(of_anime, of_result, of_gray, of_smooth, weights)
        self.update(self.discriminator_optimizer, weights["adversarial"] * discriminator_loss)

        # Past Fabric's wrapper: in the generator's step, processes have no gradients of the discriminator to share.
        discriminator = self.discriminator.module.requires_grad_(False)
        with self.fabric.autocast():
            losses = {"adversarial": lsgan_generator_loss(discriminator(result).float())}
            losses |= self.perceptual(photos, result, grayscale(anime))
            if weights["regions"]:
                losses["regions"] = self.regions_loss(result)
        discriminator.requires_grad_(True)
        losses |= compute_losses(LOSSES, {"photo": photos, "result": result})
        self.update(self.generator_optimizer, weighted_sum(losses, weights))
        return {"discriminator": discriminator_loss} | losses

    def regions_loss(self, result: Tensor) -> Tensor:
        """Return ||VGG(G(p)) - VGG(S(G(p)))||₁, where S fills each region of the result [N,3,H,W] with one color.

        Liu, Chen, Gao: A Novel Double-Tail GAN for Fast Photo Animation (AnimeGANv3), IEICE Trans. E107.D(1), 2024: its
        region smoothing, the term of the result's own regions. Those are the superpixels of White-box Cartoonization
        here.
        """
        loss: Tensor = self.perceptual(extract_structure(result), result)["content"]
        return loss


def load_data(config: AnimeGANConfig, report: Report) -> tuple[AnimeGANData, str]:
    """Return what to learn from, and its fingerprint."""
    kinds = [
        cache_pictures(train_dir(folder), config.size, config.cache, report) if folder else {}
        for folder in (config.photos, config.anime, config.smooth)
    ]
    photos, anime, smooth = (list(kind.values()) for kind in kinds)
    return AnimeGANData(photos, anime, smooth, config.size, config.seed), fingerprint_pictures(*kinds)


def read_first_epochs(run: Path, version: int) -> int | None:
    """Return how many epochs the first phase of a run has, which a resumed one keeps; None where there is no run.

    Raise ValueError for a run that cannot be read.
    """
    checkpoint = run / "checkpoint.pt"
    if not checkpoint.exists():
        return None
    _, settings = read_settings(run, read_checkpoint(checkpoint), set())
    first_epochs: int = settings.get("first_epochs", FIRST_EPOCHS[version])  # which early versions did not write down
    return first_epochs


def train(config: AnimeGANConfig, *, resume: bool = False, report: Report = print) -> Path:
    """Run to the end and return the folder of the style package. With `resume`, go on from the last checkpoint.

    Raise ValueError for pictures, weights or a checkpoint that cannot be used, OSError, and FloatingPointError where a
    loss is not a number.
    """
    fabric = launch(config, resume=resume)
    data, fingerprint = load_shared(fabric, report, lambda say: load_data(config, say))
    pictures = [len(files) for files in (data.photos, data.anime, data.smooth)]
    total_batch_size = config.batch_size * fabric.world_size
    epoch_steps = max(1, len(data) // total_batch_size)
    content_steps = 0 if config.perceptual == "none" else config.content_epochs * epoch_steps
    steps = config.epochs * epoch_steps
    identity = {"pictures": pictures, "fingerprint": fingerprint, "batch_size": total_batch_size}
    identity |= {"seed": config.seed, "size": config.size}
    trainer = AnimeGANTrainer(config, fabric, identity, content_steps=content_steps)
    if fabric.is_global_zero:
        counts = f"{pictures[0]} photos, {pictures[1]} anime pictures"
        report(f"{counts}; {steps} steps, the first {content_steps} for content")
        published = FIRST_EPOCHS[config.version]
        if content_steps and config.content_epochs < published:
            report(
                f"first phase: {config.content_epochs} of {config.epochs} epochs, as the run is short "
                f"({published} in longer ones; --first-epochs says another number)"
            )
    trainer.fit(data, steps, report)
    facts = {"photos": pictures[0], "anime pictures": pictures[1], "perceptual": config.perceptual}
    facts |= {"batch": total_batch_size, "size": config.size, "epochs": config.epochs}
    facts |= {"learning rates": config.learning_rates, "weights": dict(config.weights)}
    return trainer.write_package(facts | {"seed": config.seed, "average": config.ema}, report)
