"""Distillation: a small generator learns to do what a large one does.

    teacher = Path("whitebox.safetensors")
    distill(DistillSettings(photos=[Path("photos")], teacher_weights=teacher, out=Path("runs/comic")))

A teacher as a `Source` of pairs; how they are learnt from is in `supervised`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from torch import nn

from inference.architectures import build_network
from inference.architectures.compact import MULTIPLE
from training.checkpoints import begin_with, refuse_to_begin_again, save_weights
from training.data.pairs import Crops, Pair, load_pair, no_hints, usable
from training.data.photos import find_photos, split
from training.data.teachers import HINTS, TEACHERS, cache_of
from training.recipes.supervised import SupervisedSettings, train


@dataclass(frozen=True, kw_only=True)
class DistillSettings(SupervisedSettings):
    """What a run is made from. Sizes are pixels of the long side."""

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
        """Raises ValueError for what would fail only after the teacher's hours of work."""
        super().__post_init__()
        if self.hint_weight and self.network != "compact_fine":
            raise ValueError(f"hints are for compact_fine, which has layers like a teacher's, not for {self.network}")
        if not 0 < self.hints_until <= 1:
            raise ValueError(f"hints_until must be above 0, and 1 at most, not {self.hints_until}")
        if self.held_out < 1:
            raise ValueError(f"held_out must be 1 or more, not {self.held_out}")
        if self.crop % MULTIPLE or self.crop < 2 * MULTIPLE:  # ssim() looks through windows of 11 pixels
            raise ValueError(f"crop must be a multiple of {MULTIPLE}, {2 * MULTIPLE} or more, not {self.crop}")

    def build(self) -> nn.Module:
        """With the weights of `start`, if they are given. Raises BadWeights, ValueError."""
        network = build_network(self.network, **self.widths)
        if self.start:
            begin_with(network, self.start, network)
        return network


def load_crops(settings: DistillSettings, report: Callable[[str], None]) -> Crops:
    """The teacher's pairs, made or taken from the run's folder. Raises ValueError where the photos are too few."""
    s = settings
    training, held_out = split(find_photos(s.photos), find_photos(s.more_photos), held_out=s.held_out)
    report(f"{len(training)} photos to learn from, {len(held_out)} held out: {', '.join(map(_label, held_out))}")
    if not training or not held_out:
        raise ValueError(f"too few photos: {len(training)} to learn from and {len(held_out)} of {s.held_out} held out")
    fast, exact = (TEACHERS[s.teacher](s.teacher_weights, s.device, exact=exact) for exact in (False, True))
    kept, kept_exact = (cache_of(s.out / name, s.teacher_weights) for name in ("teacher", "teacher_exact"))
    validation = [load_pair(p, s.validation_size, exact, kept_exact) for p in held_out]
    pairs = usable((load_pair(p, size, fast, kept) for p in training for size in s.sizes), s.crop)
    report(f"{len(pairs)} pairs, long side {s.sizes}")
    if not pairs:
        raise ValueError(f"no photo is large enough for a crop of {s.crop} pixels, long side {s.sizes}")
    hints = HINTS[s.teacher](s.teacher_weights, s.device) if s.hint_weight else no_hints
    return Crops(pairs, validation, s.crop, s.batch, _fingerprint(pairs, validation), hints=hints)


def _label(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _fingerprint(pairs: list[Pair], held_out: list[Pair]) -> str:
    digest = sha256(f"{len(pairs)} {len(held_out)}".encode())
    for pair in [*pairs, *held_out]:
        digest.update(pair.target.data)
    return digest.hexdigest()


def distill(settings: DistillSettings, *, resume: bool = False, report: Callable[[str], None] = print) -> Path:
    """Run to the end and return the path of the weights. With `resume`, go on from the last checkpoint."""
    s = settings
    refuse_to_begin_again(s.checkpoint, resume=resume)
    s.out.mkdir(parents=True, exist_ok=True)
    run = train(s, load_crops(s, report), resume=resume, report=report)
    weights = s.out / "weights.safetensors"
    save_weights(run.average, weights, {"network": s.network, "teacher": s.teacher, "steps": str(s.steps)})
    return weights
