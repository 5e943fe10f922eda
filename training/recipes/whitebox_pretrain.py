"""What comes before White-box Cartoonization: a generator that draws photos, and a network that sees landmarks in them.

    pretrain(PretrainSettings(photos=Path("photo"), out=Path("runs/start")))

Wang, Yu: White-box Cartoon Representations, CVPR 2020, supplement: the generator begins as one that reconstructs its
input (L1 of pixels). Beside it, on the same photos, the network learns that the landmark loss looks through.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from lightning_fabric import Fabric
from torch import Tensor

from training.config import RunSettings, require_positive
from training.data.landmarks import Face, landmarks_of, read_points
from training.data.located import Located, LocatedData
from training.data.unpaired import fingerprint, keep_pictures, learn_from
from training.losses import heat_maps, location_loss
from training.networks.landmark_net import STRIDE, LandmarkNet, repainted
from training.trainer import Report, adam, load_shared, run_steps, start
from training.trainer import Run as AnyRun

FIGURES = ("content", "location")


@dataclass(frozen=True, kw_only=True)
class PretrainSettings(RunSettings):
    """`points`: a file of landmarks that another library found; None: OpenCV's cascades find them."""

    command: ClassVar[str] = "pretrain_whitebox"
    perceptual: str = "none"
    batch: int = 16
    steps: int = 50_000
    rate: float = 2e-4
    landmark_rate: float = 1e-3
    points: Path | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for what would fail only later."""
        super().__post_init__()
        require_positive(self, "steps")

    @property
    def network(self) -> str:
        return "whitebox"


class Run(AnyRun):
    """Generator, its running average, landmark network, an optimiser each, steps done."""

    def __init__(self, settings: PretrainSettings, fabric: Fabric, made_with: dict[str, Any]) -> None:
        super().__init__(settings, fabric, made_with)
        self.settings = settings
        generator, network = self.make_generator(settings.network), self.place(LandmarkNet())
        self.generator, self.generator_optimiser = fabric.setup(generator, adam(generator, settings.rate, 0.99))
        self.landmark_net, self.landmark_optimiser = fabric.setup(network, adam(network, settings.landmark_rate))
        names = ("generator", "average", "generator_optimiser", "landmark_net", "landmark_optimiser")
        self.parts = {name: getattr(self, name) for name in names}
        self.trained = [self.generator, self.landmark_net]


def train_step(run: Run, batch: Located) -> dict[str, Tensor]:
    """One step of each network. The losses by name."""
    losses = {"content": F.l1_loss(run.generator(batch.photos), batch.photos)}
    run.update(run.generator_optimiser, losses["content"])
    if run.made_with["faces"]:
        chance = torch.Generator().manual_seed(run.settings.seed * 1_000_003 + run.step)
        height, width = (side // STRIDE for side in batch.photos.shape[-2:])
        target = heat_maps(batch.points / STRIDE, height, width)
        places = run.landmark_net(repainted(batch.photos, chance))
        losses["location"] = location_loss(places, target, batch.is_known)
        run.update(run.landmark_optimiser, losses["location"])
    run.count_step(run.generator.module)
    return losses


def _load_data(settings: PretrainSettings, report: Report) -> tuple[LocatedData, str]:
    """What to learn from, and its fingerprint."""
    s = settings
    kept = keep_pictures(learn_from(s.photos), s.size, s.cache, report)
    sources = list(kept)
    faces: list[Face | None] = read_points(s.points)(sources) if s.points else landmarks_of(sources, s.cache)
    return LocatedData(list(kept.values()), faces, s.size, s.seed), fingerprint(sources)


def _count(faces: list[Face | None]) -> Counter[str]:
    return Counter("unknown" if face is None else "found" if face.points else "none" for face in faces)


def pretrain(settings: PretrainSettings, *, resume: bool = False, report: Report = print) -> Path:
    """Run to the end and return the checkpoint that `train_whitebox` starts from. Raises what `animegan.train` does."""
    s, fabric = settings, start(settings, resume=resume)
    data, pictures_are = load_shared(fabric, report, lambda say: _load_data(s, say))
    whole_batch, faces = s.batch * fabric.world_size, _count(data.faces)
    made_with = {"photos": len(data.photos), "fingerprint": pictures_are, "faces": faces["found"], "batch": whole_batch}
    run = Run(s, fabric, made_with | {"seed": s.seed, "size": s.size})
    if fabric.is_global_zero:
        report(
            f"{len(data.photos)} photos; landmarks found in {faces['found']}, no face in {faces['none']}, "
            f"not sure of {faces['unknown']}; {s.steps} steps"
        )
    run_steps(run, s, data, s.steps, lambda batch: train_step(run, batch), FIGURES, report)
    if fabric.is_global_zero:
        report(f"{s.out}: go on from it with manage.py train_whitebox --start {s.out}")
    return s.checkpoint
