"""White-box Cartoonization: a generator learns surface, structure and texture of cartoons, each by a loss of its own.

    train(WhiteboxSettings(photos=Path("photo"), anime=Path("anime"), start=Path("runs/start"), out=Path("runs/comic")))

Wang, Yu: Learning to Cartoonize Using White-box Cartoon Representations, CVPR 2020; with the landmark loss that keeps
faces in place. Reads from top to bottom: settings, the two discriminators, state of a run, a step, the run. What is not
White-box's own is in `loop`; `whitebox_pretrain` makes what it starts from.

The guided filter that ends the generator has eps 5e-3 here, as in conversions; the authors train with 1e-2 and convert
with 5e-3.
"""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from training.checkpoints import read_checkpoint
from training.config import RunSettings, require_positive
from training.data.located import Unpaired, UnpairedData
from training.data.unpaired import fingerprint, keep_pictures, learn_from
from training.losses import (
    WHITEBOX_PRESETS,
    WhiteboxWeights,
    landmark_loss,
    lsgan_generator_loss,
    lsgan_pair_loss,
    random_grey_weights,
    surface_of,
    texture_of,
    total_variation_loss,
)
from training.losses.perceptual import load_perceptual
from training.losses.superpixels import METHODS, structure_of
from training.networks.discriminators import WhiteboxDiscriminator
from training.networks.landmark_net import LandmarkNet
from training.trainer import Report, adam, finish, load_shared, run_steps, start
from training.trainer import Run as AnyRun

LOSSES = ("total_variation", "surface", "texture", "content", "structure", "landmark")
FIGURES = (*LOSSES, "surface_discriminator", "texture_discriminator")


@dataclass(frozen=True, kw_only=True)
class WhiteboxSettings(RunSettings):
    """Weights multiply their loss; `start`: the run of `pretrain_whitebox` to begin with."""

    command: ClassVar[str] = "train_whitebox"
    anime: Path
    start: Path | None = None
    weights: WhiteboxWeights = field(default_factory=lambda: WHITEBOX_PRESETS["authors"])
    superpixels: str = "slic"
    batch: int = 16
    steps: int = 100_000
    rates: tuple[float, float] = (2e-4, 2e-4)  # of the generator and of the discriminators

    def __post_init__(self) -> None:
        """Raises ValueError for what would fail only later."""
        super().__post_init__()
        require_positive(self, "steps")
        if self.superpixels not in METHODS:
            raise ValueError(f"superpixels {self.superpixels!r} are not known")

    @property
    def network(self) -> str:
        return "whitebox"


class Judges(nn.Module):
    """The discriminators of surface and of texture: RGB [N,3,H,W] to the scores of each, [N,1,H/8,W/8]."""

    def __init__(self) -> None:
        super().__init__()
        self.surface, self.texture = WhiteboxDiscriminator(3), WhiteboxDiscriminator(1)

    def forward(self, pictures: Tensor, grey_weights: tuple[float, float, float]) -> tuple[Tensor, Tensor]:
        return self.surface(surface_of(pictures)), self.texture(texture_of(pictures, grey_weights))


class Run(AnyRun):
    """Generator, its running average, both discriminators, two optimisers, steps done; the landmark network, if any."""

    def __init__(
        self, settings: WhiteboxSettings, fabric: Fabric, made_with: dict[str, Any], begin: dict[str, Any]
    ) -> None:
        super().__init__(settings, fabric, made_with)
        self.settings = settings
        self.perceptual = self.place(load_perceptual(settings.perceptual, settings.vgg19))
        generator, judges = self.make_generator(settings.network), self.place(Judges())
        for network in (generator, self.average) if begin else ():
            network.load_state_dict(begin["average"])
        first, second = settings.rates
        self.generator, self.generator_optimiser = fabric.setup(generator, adam(generator, first, 0.99))
        self.judges, self.judges_optimiser = fabric.setup(judges, adam(judges, second, 0.99))
        names = ["generator", "average", "judges", "generator_optimiser", "judges_optimiser"]
        self.landmark_net: nn.Module | None = None
        if made_with["landmarks"]:
            self.landmark_net = self.place(LandmarkNet()).eval().requires_grad_(False)
            self.landmark_net.load_state_dict(begin["landmark_net"])
            names.append("landmark_net")
        self.parts = {name: getattr(self, name) for name in names}
        self.trained = [self.generator, self.judges]


def drawing_losses(run: Run, photos: Tensor, result: Tensor) -> dict[str, Tensor]:
    """How far the result is from drawing what the photo shows, from being as flat as its own blocks, and its face."""
    losses = {}
    content = run.perceptual(photos, result)
    if content:
        blocks = structure_of(result, run.settings.superpixels)
        losses = {"content": content["content"], "structure": run.perceptual(blocks, result)["content"]}
    if run.landmark_net:
        with torch.no_grad():
            target = run.landmark_net(photos)
        losses["landmark"] = landmark_loss(target, run.landmark_net(result))
    return losses


def train_step(run: Run, batch: Unpaired) -> dict[str, Tensor]:
    """A step of the discriminators, and one of the generator. The losses, unweighted, by name."""
    greys = random_grey_weights(np.random.default_rng([run.settings.seed, run.step]))
    result = run.generator(batch.photos)
    of_cartoons, of_results = zip(
        *(scores.chunk(2) for scores in run.judges(torch.cat([batch.cartoons, result.detach()]), greys)), strict=True
    )
    losses = {
        f"{name}_discriminator": lsgan_pair_loss(real, fake)
        for name, real, fake in zip(("surface", "texture"), of_cartoons, of_results, strict=True)
    }
    run.update(run.judges_optimiser, torch.stack(list(losses.values())).sum())

    # Past Fabric's wrapper: in the generator's step, processes have no gradients of the discriminators to share.
    judges = run.judges.module.requires_grad_(False)
    with run.fabric.autocast():
        surface, texture = judges(result, greys)
        drawing = drawing_losses(run, batch.photos, result)
    judges.requires_grad_(True)
    losses |= {"surface": lsgan_generator_loss(surface.float()), "texture": lsgan_generator_loss(texture.float())}
    losses |= {"total_variation": total_variation_loss(result.float())} | drawing
    weights = asdict(run.settings.weights)
    run.update(run.generator_optimiser, torch.stack([weights[n] * losses[n] for n in LOSSES if n in losses]).sum())
    run.count_step(run.generator.module)
    return losses


def _load_data(settings: WhiteboxSettings, report: Report) -> tuple[UnpairedData, str]:
    """What to learn from, and its fingerprint."""
    s = settings
    kinds = [keep_pictures(learn_from(folder), s.size, s.cache, report) for folder in (s.photos, s.anime)]
    photos, cartoons = (list(kind.values()) for kind in kinds)
    return UnpairedData(photos, cartoons, s.size, s.seed), fingerprint(*kinds)


def _begin(settings: WhiteboxSettings) -> dict[str, Any]:
    """The networks of the run to begin with; nothing where there is none. Raises ValueError, naming its checkpoint."""
    if settings.start is None:
        return {}
    path = settings.start / "checkpoint.pt" if settings.start.is_dir() else settings.start
    state = read_checkpoint(path)
    if not {"average", "landmark_net"} <= state.keys() or "faces" not in state.get("made_with", {}):
        raise ValueError(f"{path}: not a checkpoint of pretrain_whitebox")
    return state


def train(settings: WhiteboxSettings, *, resume: bool = False, report: Report = print) -> Path:
    """Run to the end and return the folder of the style package. Raises what `animegan.train` does."""
    s = settings
    begin = _begin(s)
    has_landmarks = bool(begin and begin["made_with"]["faces"] and s.weights.landmark)
    fabric = start(s, resume=resume)
    data, pictures_are = load_shared(fabric, report, lambda say: _load_data(s, say))
    pictures, whole_batch = [len(data.photos), len(data.cartoons)], s.batch * fabric.world_size
    made_with = {"pictures": pictures, "fingerprint": pictures_are, "batch": whole_batch}
    made_with |= {"seed": s.seed, "size": s.size}
    run = Run(s, fabric, made_with | {"landmarks": has_landmarks}, begin)
    if fabric.is_global_zero:
        landmarks = "with" if has_landmarks else "without"
        report(f"{pictures[0]} photos, {pictures[1]} cartoons; {s.steps} steps, {landmarks} the landmark loss")
    run_steps(run, s, data, s.steps, lambda batch: train_step(run, batch), FIGURES, report)
    facts = {"photos": pictures[0], "cartoons": pictures[1], "perceptual": s.perceptual, "batch": whole_batch}
    facts |= {"size": s.size, "superpixels": s.superpixels, "learning rates": s.rates, "weights": asdict(s.weights)}
    return finish(run, s, facts | {"landmarks": has_landmarks, "seed": s.seed, "average": s.ema}, report)
