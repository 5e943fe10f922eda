"""What comes before White-box Cartoonization: a generator that draws photos, and a network that sees landmarks in them.

    pretrain(WhiteboxPretrainConfig(photos=Path("photo"), out=Path("runs/start")))

Wang, Yu: White-box Cartoon Representations, CVPR 2020, supplement: the generator begins as one that reconstructs its
input (L1 of pixels). Beside it, on the same photos, the network learns that the landmark loss looks through.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from lightning_fabric import Fabric
from torch import Tensor

from inference.architectures import build_network
from training.config import UnpairedConfig, require_positive
from training.data.landmarks import (
    FaceLandmarks,
    LandmarkBatch,
    LandmarkData,
    load_landmarks,
    read_landmarks_file,
)
from training.data.unpaired import cache_pictures, fingerprint_pictures, train_dir
from training.losses import location_loss, make_heatmaps
from training.networks.landmark_net import STRIDE_PX, LandmarkNet, recolor_randomly
from training.optim import gan_adam
from training.recipes.unpaired import UnpairedTrainer
from training.trainer import Report, launch, load_shared


@dataclass(frozen=True, kw_only=True)
class WhiteboxPretrainConfig(UnpairedConfig):
    """The settings. `points`: a file of landmarks that another library found; None: OpenCV's cascades find them."""

    command: ClassVar[str] = "pretrain_whitebox"
    perceptual: str = "none"
    batch_size: int = 16
    steps: int = 50_000
    learning_rate: float = 2e-4
    landmark_learning_rate: float = 1e-3
    points: Path | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for what would fail only later."""
        super().__post_init__()
        require_positive(self, "steps")

    @property
    def network(self) -> str:
        return "whitebox"


class WhiteboxPretrainer(UnpairedTrainer[WhiteboxPretrainConfig, LandmarkBatch]):
    """Generator, its running average, landmark network, an optimizer each."""

    logged = ("content", "location")
    checkpointed = ("generator", "average", "generator_optimizer", "landmark_net", "landmark_optimizer")
    trained = ("generator", "landmark_net")

    def __init__(self, config: WhiteboxPretrainConfig, fabric: Fabric, data: Mapping[str, Any]) -> None:
        super().__init__(config, fabric, data)
        generator = self.place_generator(build_network(config.network))
        landmark_net = self.to_device(LandmarkNet())
        self.generator, self.generator_optimizer = fabric.setup(
            generator, gan_adam(generator, config.learning_rate, beta2=0.99)
        )
        self.landmark_net, self.landmark_optimizer = fabric.setup(
            landmark_net, gan_adam(landmark_net, config.landmark_learning_rate)
        )

    def training_step(self, batch: LandmarkBatch) -> dict[str, Tensor]:
        """Make one step of each network."""
        losses = {"content": F.l1_loss(self.generator(batch.photos), batch.photos)}
        self.update(self.generator_optimizer, losses["content"])
        if self.data["faces"]:
            rng = torch.Generator().manual_seed(self.config.seed * 1_000_003 + self.step)
            height, width = (side // STRIDE_PX for side in batch.photos.shape[-2:])
            target = make_heatmaps(batch.points / STRIDE_PX, height, width)
            places = self.landmark_net(recolor_randomly(batch.photos, rng))
            losses["location"] = location_loss(places, target, batch.is_known)
            self.update(self.landmark_optimizer, losses["location"])
        return losses


def load_data(config: WhiteboxPretrainConfig, report: Report) -> tuple[LandmarkData, str]:
    """Return what to learn from, and its fingerprint."""
    cached = cache_pictures(train_dir(config.photos), config.size, config.cache, report)
    sources = list(cached)
    load = read_landmarks_file(config.points) if config.points else lambda s: load_landmarks(s, config.cache)
    return LandmarkData(list(cached.values()), load(sources), config.size, config.seed), fingerprint_pictures(sources)


def count_faces(faces: Sequence[FaceLandmarks | None]) -> Counter[str]:
    """Return in how many photos landmarks were "found", there are "none", or that is "unknown"."""
    return Counter("unknown" if face is None else "found" if face.points else "none" for face in faces)


def pretrain(config: WhiteboxPretrainConfig, *, resume: bool = False, report: Report = print) -> Path:
    """Run to the end and return the checkpoint that `train_whitebox` starts from. Raise what `animegan.train` does."""
    fabric = launch(config, resume=resume)
    data, fingerprint = load_shared(fabric, report, lambda say: load_data(config, say))
    total_batch_size, faces = config.batch_size * fabric.world_size, count_faces(data.faces)
    identity = {"photos": len(data.photos), "fingerprint": fingerprint, "faces": faces["found"]}
    identity |= {"batch_size": total_batch_size, "seed": config.seed, "size": config.size}
    trainer = WhiteboxPretrainer(config, fabric, identity)
    if fabric.is_global_zero:
        report(
            f"{len(data.photos)} photos; landmarks found in {faces['found']}, no face in {faces['none']}, "
            f"not sure of {faces['unknown']}; {config.steps} steps"
        )
    trainer.fit(data, config.steps, report)
    if fabric.is_global_zero:
        report(f"{config.out}: go on from it with manage.py train_whitebox --start {config.out}")
    return config.checkpoint
