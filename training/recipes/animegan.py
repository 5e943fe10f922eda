"""AnimeGAN and AnimeGANv2: a generator learns from photos and anime pictures that do not belong together.

    train(AnimeGANSettings(photos=Path("photo"), anime=Path("anime"), out=Path("runs/hayao"), perceptual="pyramid"))

Chen, Liu, Chen: AnimeGAN, ISICA 2019; second version 2020. Reads from top to bottom: settings, state of a run (what a
checkpoint holds), the two kinds of steps, the run. At first the generator only learns to draw what is in the photo
(as CartoonGAN, CVPR 2018, has it); then the discriminator joins. What is not AnimeGAN's own is in `loop`.
"""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import torch
from lightning_fabric import Fabric
from torch import Tensor

from training.config import RunSettings, require_positive
from training.data.unpaired import Batch, Data, fingerprint, keep_pictures, learn_from
from training.losses import PRESETS, Weights, colour_loss, grey, total_variation_loss
from training.losses import lsgan_discriminator_loss as discriminator_loss
from training.losses import lsgan_generator_loss as generator_loss
from training.losses.perceptual import load_perceptual
from training.losses.superpixels import structure_of
from training.networks.discriminators import AnimeGANDiscriminator
from training.trainer import Report, adam, finish, load_shared, run_steps, start
from training.trainer import Run as AnyRun

FIGURES = ("content", "style", "colour", "total_variation", "regions", "adversarial", "discriminator")
# Learning rates of the first phase, the generator and the discriminator, by version. Those of 2 are as in its code;
# that of 1 has 4e-5 and 8e-5 with batches of 6: here, with batches of 12, the last two are twice as much.
RATES = {1: (1e-4, 8e-5, 1.6e-4), 2: (2e-4, 2e-5, 4e-5)}
FIRST_EPOCHS = {1: 1, 2: 10}  # of the first phase, by version, as the authors' code has them


@dataclass(frozen=True, kw_only=True)
class AnimeGANSettings(RunSettings):
    """Weights multiply their loss."""

    command: ClassVar[str] = "train_animegan"
    anime: Path
    smooth: Path | None = None  # anime pictures with blurred edges; None: made as they are needed
    version: int = 2
    weights: Weights = field(default_factory=lambda: PRESETS["hayao"])
    epochs: int = 100
    first_epochs: int = FIRST_EPOCHS[2]  # of them, with nothing but the content loss; none without a perceptual loss
    rates: tuple[float, float, float] = RATES[2]

    def __post_init__(self) -> None:
        """Raises ValueError for what would fail only later."""
        super().__post_init__()
        require_positive(self, "epochs")
        if self.version not in RATES:
            raise ValueError(f"version {self.version} is not known")
        if self.weights.regions and self.perceptual == "none":
            raise ValueError("the loss of regions needs a perceptual loss: vgg19 or pyramid, not none")
        if self.first_epochs < 0:
            raise ValueError(f"first_epochs must be 0 or more, not {self.first_epochs}")
        if self.first_epochs >= self.epochs and self.perceptual != "none":
            raise ValueError(
                f"first_epochs must be less than epochs, not {self.first_epochs} of {self.epochs}: "
                "in the first phase the generator only learns to copy the photo"
            )

    @property
    def network(self) -> str:
        return f"animegan{self.version}"


class Run(AnyRun):
    """Generator, its running average, discriminator, three optimisers, steps done."""

    def __init__(self, settings: AnimeGANSettings, fabric: Fabric, made_with: dict[str, Any]) -> None:
        super().__init__(settings, fabric, made_with)
        self.settings = settings
        self.perceptual = self.place(load_perceptual(settings.perceptual, settings.vgg19))
        generator = self.make_generator(settings.network)
        discriminator = self.place(AnimeGANDiscriminator(settings.version))
        first, second, third = settings.rates
        # Two optimisers for the generator: what the first phase's has learnt of gradients' sizes no longer holds.
        self.generator, self.first_optimiser, self.generator_optimiser = fabric.setup(
            generator, adam(generator, first), adam(generator, second)
        )
        self.discriminator, self.discriminator_optimiser = fabric.setup(discriminator, adam(discriminator, third))
        optimisers = ("first_optimiser", "generator_optimiser", "discriminator_optimiser")
        self.parts = {name: getattr(self, name) for name in ("generator", "average", "discriminator", *optimisers)}
        self.trained = [self.generator, self.discriminator]


def first_step(run: Run, batch: Batch) -> dict[str, Tensor]:
    """A step of the first phase: the generator learns to draw what it sees. The losses, unweighted, by name."""
    result = run.generator(batch.photos)
    with run.fabric.autocast():
        losses = run.perceptual(batch.photos, result)
    run.update(run.first_optimiser, run.settings.weights.content * losses["content"])
    return losses


def regions_loss(run: Run, result: Tensor) -> Tensor:
    """||VGG(G(p)) - VGG(S(G(p)))||₁, where S fills each region of the result [N,3,H,W] with one colour: a scalar.

    Liu, Chen, Gao: A Novel Double-Tail GAN for Fast Photo Animation (AnimeGANv3), IEICE Trans. E107.D(1), 2024: its
    region smoothing, the term of the result's own regions. Those are the superpixels of White-box Cartoonization here.
    """
    return run.perceptual(structure_of(result), result)["content"]


def adversarial_step(run: Run, batch: Batch) -> dict[str, Tensor]:
    """A step of the discriminator, and one of the generator. The losses, unweighted, by name."""
    w, photos, anime = run.settings.weights, batch.photos, batch.anime
    result = run.generator(photos)
    shown = torch.cat([anime, result.detach(), grey(anime), grey(batch.smooth)])
    of_anime, of_result, of_grey, of_smooth = run.discriminator(shown).chunk(4)
    losses = {"discriminator": discriminator_loss(of_anime, of_result, of_grey, of_smooth, w)}
    run.update(run.discriminator_optimiser, w.adversarial * losses["discriminator"])

    # Past Fabric's wrapper: in the generator's step, processes have no gradients of the discriminator to share.
    judge = run.discriminator.module.requires_grad_(False)
    with run.fabric.autocast():
        losses["adversarial"] = generator_loss(judge(result).float())
        losses |= run.perceptual(photos, result, grey(anime))
        if w.regions:
            losses["regions"] = regions_loss(run, result)
    judge.requires_grad_(True)
    losses |= {"colour": colour_loss(photos, result), "total_variation": total_variation_loss(result)}
    parts = [getattr(w, name) * loss for name, loss in losses.items() if name != "discriminator"]
    run.update(run.generator_optimiser, torch.stack(parts).sum())
    return losses


def train_step(run: Run, batch: Batch, first_steps: int) -> dict[str, Tensor]:
    """The step that is due."""
    losses = (first_step if run.step < first_steps else adversarial_step)(run, batch)
    run.count_step(run.generator.module)
    return losses


def _load_data(settings: AnimeGANSettings, report: Report) -> tuple[Data, str]:
    """What to learn from, and its fingerprint."""
    s = settings
    kinds = [
        keep_pictures(learn_from(folder), s.size, s.cache, report) if folder else {}
        for folder in (s.photos, s.anime, s.smooth)
    ]
    photos, anime, smooth = (list(kind.values()) for kind in kinds)
    return Data(photos, anime, smooth, s.size, s.seed), fingerprint(*kinds)


def train(settings: AnimeGANSettings, *, resume: bool = False, report: Report = print) -> Path:
    """Run to the end and return the folder of the style package. With `resume`, go on from the last checkpoint.

    Raises ValueError for pictures, weights or a checkpoint that cannot be used, OSError, and FloatingPointError where
    a loss is not a number.
    """
    s, fabric = settings, start(settings, resume=resume)
    data, pictures_are = load_shared(fabric, report, lambda say: _load_data(s, say))
    pictures = [len(files) for files in (data.photos, data.anime, data.smooth)]
    whole_batch = s.batch * fabric.world_size
    made_with = {"pictures": pictures, "fingerprint": pictures_are, "batch": whole_batch}
    run = Run(s, fabric, made_with | {"seed": s.seed, "size": s.size})
    epoch = max(1, len(data) // whole_batch)
    first_steps = 0 if s.perceptual == "none" else s.first_epochs * epoch
    steps = s.epochs * epoch
    if fabric.is_global_zero:
        report(
            f"{pictures[0]} photos, {pictures[1]} anime pictures; {steps} steps, the first {first_steps} for content"
        )
    run_steps(run, s, data, steps, lambda batch: train_step(run, batch, first_steps), FIGURES, report)
    facts = {"photos": pictures[0], "anime pictures": pictures[1], "perceptual": s.perceptual, "batch": whole_batch}
    facts |= {"size": s.size, "epochs": s.epochs, "learning rates": s.rates, "weights": asdict(s.weights)}
    return finish(run, s, facts | {"seed": s.seed, "average": s.ema}, report)
