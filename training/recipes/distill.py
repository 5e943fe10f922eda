"""Distillation: a small generator learns to do what a large one does.

    teacher = Path("whitebox.safetensors")
    distill(DistillConfig(photos=[Path("photos")], teacher_weights=teacher, out=Path("runs/comic")))

A teacher as a `PairSource`; how pairs are learned from is in `supervised`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

from torch import Tensor, nn

from inference.architectures import build_network
from inference.architectures.compact import MULTIPLE
from training.checkpoints import load_initial_weights, save_weights
from training.data.pairs import CropSource, Pair, drop_small_pairs, load_pair, no_teacher_features
from training.data.photos import find_photos, split_photos
from training.data.teachers import FEATURE_TEACHERS, TEACHERS, teacher_cache_dir
from training.losses import FEATURE_DISTILLATION
from training.recipes.supervised import SupervisedConfig, SupervisedTrainer
from training.trainer import Report, launch


@dataclass(frozen=True, kw_only=True)
class DistillConfig(SupervisedConfig):
    """The settings of a run. Sizes are pixels of the long side."""

    command: ClassVar[str] = "distill_style"
    photos: list[Path]  # folders; the held-out photos come from these
    teacher_weights: Path
    more_photos: list[Path] = field(default_factory=list)  # folders; for learning only
    teacher: str = "whitebox"
    crop: int = 192
    sizes: tuple[int, ...] = (480, 608, 736)
    validation_size: int = 576
    held_out: int = 20
    network: str = "compact"
    widths: dict[str, int] = field(default_factory=dict)  # others than the network's own

    def __post_init__(self) -> None:
        """Raise ValueError for what would fail only after the teacher's hours of work."""
        super().__post_init__()
        if self.weights[FEATURE_DISTILLATION.name] and self.network != "compact_fine":
            raise ValueError(
                f"feature distillation is for compact_fine, which has layers like a teacher's, not for {self.network}"
            )
        if not 0 < self.distill_features_until <= 1:
            raise ValueError(
                f"distill_features_until must be above 0, and 1 at most, not {self.distill_features_until}"
            )
        if self.held_out < 1:
            raise ValueError(f"held_out must be 1 or more, not {self.held_out}")
        if self.crop % MULTIPLE or self.crop < 2 * MULTIPLE:  # ssim() looks through windows of 11 pixels
            raise ValueError(f"crop must be a multiple of {MULTIPLE}, {2 * MULTIPLE} or more, not {self.crop}")

    def build(self) -> nn.Module:
        """Return it with the weights of `start`, if they are given. Raise BadWeights, ValueError."""
        network = build_network(self.network, **self.widths)
        if self.start:
            load_initial_weights(network, self.start, network)
        return network


def load_crops(config: DistillConfig, report: Report) -> CropSource:
    """Return the teacher's pairs, made or taken from the run's folder. Raise ValueError for too few photos."""
    s = config
    photos, more = find_photos(s.photos, report), find_photos(s.more_photos, report)
    training, held_out = split_photos(photos, more, held_out=s.held_out, report=report)
    report(f"{len(training)} photos to learn from, {len(held_out)} held out: {', '.join(map(_label, held_out))}")
    if not training or not held_out:
        raise ValueError(f"too few photos: {len(training)} to learn from and {len(held_out)} of {s.held_out} held out")
    fast, exact = (TEACHERS[s.teacher](s.teacher_weights, s.device, exact=exact) for exact in (False, True))
    kept, kept_exact = (teacher_cache_dir(s.out / name, s.teacher_weights) for name in ("teacher", "teacher_exact"))
    validation = [load_pair(p, s.validation_size, exact, kept_exact) for p in held_out]
    pairs = drop_small_pairs((load_pair(p, size, fast, kept) for p in training for size in s.sizes), s.crop)
    report(f"{len(pairs)} pairs, long side {s.sizes}")
    if not pairs:
        raise ValueError(f"no photo is large enough for a crop of {s.crop} pixels, long side {s.sizes}")
    features: Callable[[Tensor], Sequence[Tensor]] = no_teacher_features
    if s.weights[FEATURE_DISTILLATION.name]:
        features = FEATURE_TEACHERS[s.teacher](s.teacher_weights, s.device)
    fingerprint = _fingerprint(pairs, validation)
    return CropSource(pairs, validation, s.crop, s.batch_size, fingerprint, teacher_features=features)


def _label(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _fingerprint(pairs: list[Pair], held_out: list[Pair]) -> str:
    digest = sha256(f"{len(pairs)} {len(held_out)}".encode())
    for pair in [*pairs, *held_out]:
        digest.update(pair.target.data)
    return digest.hexdigest()


def distill(config: DistillConfig, *, resume: bool = False, report: Report = print) -> Path:
    """Run to the end and return the path of the weights. With `resume`, go on from the last checkpoint."""
    fabric = launch(config, resume=resume)
    trainer = SupervisedTrainer(config, fabric, load_crops(config, report))
    trainer.fit_source(report)
    weights = config.out / "weights.safetensors"
    metadata = {"network": config.network, "teacher": config.teacher, "steps": str(config.steps)}
    save_weights(trainer.average, weights, metadata)
    return weights
