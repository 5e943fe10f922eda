"""Distillation: a small generator learns to do what a large one does.

    teacher = Path("whitebox.safetensors")
    distill(DistillSettings(photos=[Path("photos")], teacher_weights=teacher, out=Path("runs/comic")))

Reads from top to bottom: settings, state of a run (what a checkpoint holds), one step, validation, the loop.
Every random choice of step n comes from a generator seeded with (seed, n), so a run that was killed and
resumed makes the same choices as one that was not.
"""

import math
import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from inference.networks.compact import MULTIPLE, CompactGenerator

from .discriminators import PatchDiscriminator
from .log import append_row, drop_rows_after
from .losses import gradient_loss, hinge_discriminator_loss, hinge_generator_loss
from .metrics import mean_error, ssim
from .pairs import Pair, load_pair, random_crops, to_tensor, usable
from .photos import find_photos, split
from .runs import save_state, save_weights, stop_unless_finite, update_average
from .sheet import write_sheet
from .teachers import TEACHERS, brief


@dataclass(frozen=True)
class DistillSettings:
    """What a run is made from. Sizes are pixels of the long side; weights multiply their loss."""

    photos: list[Path]  # folders; the held-out photos come from these
    teacher_weights: Path
    out: Path  # a folder: checkpoint, log, sample sheet, teacher's pictures, and the weights at the end
    more_photos: list[Path] = field(default_factory=list)  # folders; for learning only
    teacher: str = "whitebox"
    steps: int = 18_000
    batch: int = 8
    crop: int = 192
    sizes: tuple[int, ...] = (480, 608, 736)
    validation_size: int = 576
    held_out: int = 20
    learning_rate: float = 8e-4
    gradient_weight: float = 1.0
    ssim_weight: float = 0.1
    adversarial_weight: float = 0.005
    adversarial_from: float = 0.6  # share of the run after which the discriminator joins
    ema: float = 0.999
    seed: int = 1
    device: str = "cpu"
    every: int = 500  # steps between validation and checkpoint
    network: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises ValueError for what would fail only after the teacher's hours of work."""
        for name in ("steps", "batch", "every", "held_out"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, not {getattr(self, name)}")
        if self.crop % MULTIPLE or self.crop < 2 * MULTIPLE:  # ssim() looks through windows of 11 pixels
            raise ValueError(f"crop must be a multiple of {MULTIPLE}, {2 * MULTIPLE} or more, not {self.crop}")
        if self.device.startswith("cuda") and not torch.cuda.is_available():
            raise ValueError(f"torch finds no {self.device} on this machine")


class Run:
    """All state of a run: generator, its running average, discriminator, optimisers, steps done."""

    def __init__(self, settings: DistillSettings) -> None:
        torch.manual_seed(settings.seed)
        self.settings = settings
        self.step = 0

        def place(module: nn.Module) -> nn.Module:
            return module.to(settings.device, memory_format=torch.channels_last)  # type: ignore[call-overload]

        self.generator = place(CompactGenerator(**settings.network))
        self.average = place(CompactGenerator(**settings.network)).requires_grad_(False)
        self.average.load_state_dict(self.generator.state_dict())
        self.discriminator = place(PatchDiscriminator())
        self.generator_optimiser = torch.optim.AdamW(
            self.generator.parameters(), lr=settings.learning_rate, betas=(0.9, 0.99), fused=True
        )
        self.discriminator_optimiser = torch.optim.Adam(self.discriminator.parameters(), lr=2e-4, betas=(0.5, 0.99))

    def _parts(self) -> dict[str, nn.Module | torch.optim.Optimizer]:
        names = ("generator", "average", "discriminator", "generator_optimiser", "discriminator_optimiser")
        return {name: getattr(self, name) for name in names}

    def save(self, path: Path) -> None:
        """Write the checkpoint, whole or not at all."""
        save_state({"step": self.step} | {name: item.state_dict() for name, item in self._parts().items()}, path)

    def load(self, path: Path) -> None:
        """Take up the run that `path` holds. Raises ValueError, naming the file, where it is of another shape."""
        try:
            state = torch.load(path, map_location=self.settings.device, weights_only=True)
            for name, item in self._parts().items():
                item.load_state_dict(state[name])
            self.step = state["step"]
        except (pickle.UnpicklingError, EOFError, KeyError, TypeError, ValueError, RuntimeError) as error:
            raise ValueError(f"{path}: not a checkpoint of a run with these settings ({brief(error)})") from error
        if self.step > self.settings.steps:
            raise ValueError(f"{path}: at step {self.step}, beyond the {self.settings.steps} steps asked for")


def learning_rate(step: int, settings: DistillSettings) -> float:
    """A short linear start, then half a cosine down to 1 % (Loshchilov, Hutter: SGDR, ICLR 2017)."""
    start = min(1.0, (step + 1) / 200)
    cosine = 0.5 * (1 + math.cos(math.pi * step / settings.steps))
    return settings.learning_rate * start * (0.01 + 0.99 * cosine)


def _discriminator_step(run: Run, photos: Tensor, fake: Tensor, real: Tensor) -> Tensor:
    loss = hinge_discriminator_loss(run.discriminator(photos, real), run.discriminator(photos, fake.detach()))
    run.discriminator_optimiser.zero_grad(set_to_none=True)
    loss.backward()
    run.discriminator_optimiser.step()
    return loss.detach()


def train_step(run: Run, pairs: list[Pair]) -> dict[str, float]:
    """One step on one batch; the losses, unweighted, by name."""
    s = run.settings
    rng = np.random.default_rng([s.seed, run.step])
    photos, targets = (t.to(s.device) for t in random_crops(pairs, crop=s.crop, batch=s.batch, rng=rng))
    for group in run.generator_optimiser.param_groups:
        group["lr"] = learning_rate(run.step, s)
    losses = {}
    with torch.autocast(s.device, torch.bfloat16):
        output = run.generator(photos)
    losses["l1"] = (output - targets).abs().mean()
    losses["gradient"] = gradient_loss(output, targets)
    losses["ssim"] = 1 - ssim(output, targets)
    total = losses["l1"] + s.gradient_weight * losses["gradient"] + s.ssim_weight * losses["ssim"]
    if s.adversarial_weight and run.step >= s.adversarial_from * s.steps:
        with torch.autocast(s.device, torch.bfloat16):
            losses["discriminator"] = _discriminator_step(run, photos, output, targets)
            run.discriminator.requires_grad_(False)
            losses["adversarial"] = hinge_generator_loss(run.discriminator(photos, output))
            run.discriminator.requires_grad_(True)
        total = total + s.adversarial_weight * losses["adversarial"]
    run.generator_optimiser.zero_grad(set_to_none=True)
    total.backward()
    nn.utils.clip_grad_norm_(run.generator.parameters(), 1.0)
    run.generator_optimiser.step()
    update_average(run.average, run.generator, run.step, s.ema)
    run.step += 1
    return {name: float(value.detach()) for name, value in losses.items()}


@torch.inference_mode()
def validate(network: nn.Module, pairs: list[Pair], device: str) -> dict[str, float]:
    """Mean over whole photos: error in 1/255 and SSIM against the teacher, and the error of doing nothing."""
    rows = []
    for pair in pairs:
        photo, target = to_tensor([pair.photo]).to(device), to_tensor([pair.target]).to(device)
        output = network(photo).clamp(-1, 1)
        rows.append((mean_error(output, target), float(ssim(output, target)), mean_error(photo, target)))
    error, similarity, nothing = (float(np.mean(column)) for column in zip(*rows, strict=True))
    return {"error": error, "ssim": similarity, "error_of_photo": nothing}


def _load_pairs(settings: DistillSettings, report: Callable[[str], None]) -> tuple[list[Pair], list[Pair]]:
    s = settings
    training, held_out = split(find_photos(s.photos), find_photos(s.more_photos), held_out=s.held_out)
    report(f"{len(training)} photos to learn from, {len(held_out)} held out: {', '.join(map(_label, held_out))}")
    if not training or not held_out:
        raise ValueError(f"too few photos: {len(training)} to learn from and {len(held_out)} of {s.held_out} held out")
    fast, exact = (TEACHERS[s.teacher](s.teacher_weights, s.device, exact=exact) for exact in (False, True))
    validation = [load_pair(p, s.validation_size, exact, s.out / "teacher_exact") for p in held_out]
    pairs = usable((load_pair(p, size, fast, s.out / "teacher") for p in training for size in s.sizes), s.crop)
    report(f"{len(pairs)} pairs, long side {s.sizes}")
    if not pairs:
        raise ValueError(f"no photo is large enough for a crop of {s.crop} pixels, long side {s.sizes}")
    return pairs, validation


def _label(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def distill(settings: DistillSettings, *, resume: bool = False, report: Callable[[str], None] = print) -> Path:
    """Run to the end and return the path of the weights. With `resume`, go on from the last checkpoint."""
    s = settings
    s.out.mkdir(parents=True, exist_ok=True)
    checkpoint, log, weights = s.out / "checkpoint.pt", s.out / "log.csv", s.out / "weights.safetensors"
    pairs, held_out = _load_pairs(s, report)
    run = Run(s)
    if resume and checkpoint.exists():
        run.load(checkpoint)
        drop_rows_after(log, run.step)
        report(f"resumed at step {run.step}")
    else:  # nothing of an earlier run may stay, or a later --resume would take up that one
        log.unlink(missing_ok=True)
        checkpoint.unlink(missing_ok=True)
    sums: dict[str, float] = {}
    since, started = run.step, time.monotonic()
    while run.step < s.steps:
        for name, value in train_step(run, pairs).items():
            sums[name] = sums.get(name, 0.0) + value
        stop_unless_finite(sums, run.step, checkpoint)
        if run.step % s.every == 0 or run.step == s.steps:
            count, seconds = run.step - since, time.monotonic() - started
            figures = validate(run.average, held_out, s.device)
            stop_unless_finite(figures, run.step, checkpoint)  # before a good checkpoint is written over
            row = {"step": run.step, "l1": sums["l1"] / count, "gradient": sums["gradient"] / count, **figures}
            row |= {"adversarial": sums.get("adversarial", 0.0) / count, "seconds_per_step": seconds / count}
            append_row(log, row)
            report("  ".join(f"{name} {value:.4g}" for name, value in row.items()))
            run.save(checkpoint)
            write_sheet(run.average, held_out[:8], s.out / "sheet.jpg", s.device)
            sums, since, started = {}, run.step, time.monotonic()
    save_weights(run.average, weights, {"network": "compact", "teacher": s.teacher, "steps": str(s.steps)})
    return weights
