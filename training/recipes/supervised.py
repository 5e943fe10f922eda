"""Supervised training of the project's small generators: from photos, and what each of them should become.

Where such pairs come from, a teacher or files, is a `Source`; see `distill` and `paired`. Reads from top to bottom:
settings, state of a run (what a checkpoint holds), one step, the loop. Every random choice of step n comes from a
generator seeded with (seed, n), so a run that was killed and resumed makes the same choices as one that was not.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

import numpy as np
import torch
from torch import Tensor, nn

from inference.architectures.compact import CompactGenerator
from inference.architectures.styled import StyledNetwork
from training.checkpoints import (
    changes,
    read_checkpoint,
    save_state,
    save_weights,
    stop_unless_finite,
    taking_up,
    update_average,
)
from training.config import require_device, require_positive
from training.data.pairs import Pair, Sample
from training.losses import feature_loss, gradient_loss, hint_loss, mean_pyramid, patch_loss
from training.losses import lsgan_generator_loss as generator_loss
from training.losses import lsgan_pair_loss as discriminator_loss
from training.metrics.lpips import load_lpips
from training.metrics.similarity import ssim
from training.metrics.validation import validate
from training.networks.discriminators import PatchDiscriminator
from training.optim import by_rate, learning_rate, shares
from training.precision import mixed_precision
from training.report.log import Tally, append_row, as_line, drop_rows_after
from training.report.sheets import write_sheet

M = TypeVar("M", bound=nn.Module)
NOT_OF_THE_RUN = ("out", "device")  # settings that may change without a word
OF_THESE_SETTINGS = " of a run with these settings"
LOSSES = ("l1", "gradient", "hint", "features", "adversarial", "patches", "lpips")  # columns of the log


class Source(Protocol):
    """Pairs to learn from. `held_out` are judged by; `fingerprint` changes with the pictures."""

    @property
    def styles(self) -> Sequence[str]: ...

    @property
    def held_out(self) -> Sequence[Pair]: ...

    @property
    def fingerprint(self) -> str: ...

    def samples(self, rng: np.random.Generator) -> list[Sample]:
        """What one step learns from."""
        ...

    def hints(self, photos: Tensor) -> Sequence[Tensor]:
        """Features that a teacher sees in them, for the generator's deep ones to become like; none of many sources."""
        ...


@dataclass(frozen=True, kw_only=True)
class SupervisedSettings:
    """What every such run is asked for. Weights multiply their loss; `…_from` are shares of the run."""

    out: Path  # a folder: checkpoint, log, sample sheet, and what comes at the end
    start: Path | None = None  # weights of a compact generator to begin with
    steps: int = 18_000
    batch: int = 8
    learning_rate: float = 8e-4
    encoder_rate: float = 1.0  # the share of it that the generator's encoder learns with
    scale_weights: tuple[float, ...] = (1.0,)  # of the picture as it is, at half its size, at a quarter…
    gradient_weight: float = 1.0
    ssim_weight: float = 0.1
    lpips: tuple[Path, ...] = ()  # AlexNet's file and that of LPIPS's weights, for a loss by it
    lpips_weight: float = 0.0
    # Until here the weights of gradients, SSIM, patches and LPIPS grow: first the tone, then the lines.
    lines_from: float = 0.0
    hint_weight: float = 0.0  # falls to 0 until `hints_until`
    hints_until: float = 0.4
    adversarial_weight: float = 0.005
    feature_weight: float = 0.0
    discriminator_rate: float = 2e-4
    patch_weight: float = 0.0
    adversarial_from: float = 0.6  # from here the discriminator takes part
    ema: float = 0.999
    seed: int = 1
    device: str = "cpu"
    every: int = 500  # steps between validation and checkpoint
    snapshots: int = 0  # of the average, spread over the run; the last is not always the best

    def __post_init__(self) -> None:
        """Raises ValueError for what would fail only later."""
        require_positive(self, "steps", "batch", "every")
        require_device(self.device)
        if self.lpips_weight and len(self.lpips) != 2:
            raise ValueError("lpips_weight needs lpips: the files of AlexNet and of LPIPS's weights")
        for file in self.lpips:
            if not file.is_file():
                raise ValueError(f"{file}: no such file")
        if not 0 < self.encoder_rate <= 1:
            raise ValueError(f"encoder_rate must be above 0, and 1 at most, not {self.encoder_rate}")

    @property
    def checkpoint(self) -> Path:
        return self.out / "checkpoint.pt"

    def build(self) -> nn.Module:
        """The generator as it is at the start."""
        raise NotImplementedError

    def described(self) -> dict[str, str]:
        """As a checkpoint holds them."""
        names = [field.name for field in fields(self) if field.name not in NOT_OF_THE_RUN]
        return {name: str(getattr(self, name)) for name in names}


def _require_pictures(state: dict[str, Any], fingerprint: str) -> None:
    if state["fingerprint"] != fingerprint:
        raise ValueError("made with other pictures: what was learnt from and what was held out would mix")


def refuse_other_pictures(checkpoint: Path, fingerprint: str) -> None:
    """Raises ValueError for a checkpoint that was made with others: before anything of its run is written over."""
    if checkpoint.exists():
        state = read_checkpoint(checkpoint)
        with taking_up(checkpoint, of=OF_THESE_SETTINGS):
            _require_pictures(state, fingerprint)


def of_style(network: nn.Module, style: int) -> Callable[[Tensor], Tensor]:
    """The network in one of its styles; one that has a single style is that itself."""
    return partial(network, style=style) if isinstance(network, StyledNetwork) else network


class Run:
    """All state of a run: generator, its running average, discriminator, optimisers, steps done."""

    def __init__(self, settings: SupervisedSettings, *, styles: int = 1, fingerprint: str = "") -> None:
        torch.manual_seed(settings.seed)
        self.settings = settings
        self.fingerprint = fingerprint
        self.step = 0

        def place(module: M) -> M:
            return module.to(settings.device, memory_format=torch.channels_last)  # type: ignore[call-overload]

        self.generator = place(settings.build())
        self.average = copy.deepcopy(self.generator).eval().requires_grad_(False)
        self.discriminator = place(PatchDiscriminator(styles=styles))
        self.lpips = place(load_lpips(*settings.lpips)) if settings.lpips_weight else None
        groups = by_rate(self.generator, settings.encoder_rate)
        self.generator_optimiser = torch.optim.AdamW(groups, lr=settings.learning_rate, betas=(0.9, 0.99), fused=True)
        self.discriminator_optimiser = torch.optim.Adam(
            self.discriminator.parameters(), lr=settings.discriminator_rate, betas=(0.5, 0.99)
        )

    def _parts(self) -> dict[str, nn.Module | torch.optim.Optimizer]:
        names = ("generator", "average", "discriminator", "generator_optimiser", "discriminator_optimiser")
        return {name: getattr(self, name) for name in names}

    def save(self, path: Path) -> None:
        """Write the checkpoint, whole or not at all."""
        state = {name: item.state_dict() for name, item in self._parts().items()}
        about = {"step": self.step, "settings": self.settings.described(), "fingerprint": self.fingerprint}
        save_state(about | state, path)

    def load(self, path: Path) -> list[str]:
        """Take up the run that `path` holds; says which settings are others now.

        Raises ValueError, naming the file, where it is of another shape or was made with other pictures.
        """
        state = read_checkpoint(path)
        with taking_up(path, of=OF_THESE_SETTINGS):
            _require_pictures(state, self.fingerprint)
            for name, item in self._parts().items():
                item.load_state_dict(state[name])
            self.step, before = state["step"], state["settings"]
        if self.step > self.settings.steps:
            raise ValueError(f"{path}: at step {self.step}, beyond the {self.settings.steps} steps asked for")
        return changes(before, self.settings.described())


def _compared(run: Run, output: Tensor, target: Tensor) -> dict[str, Tensor]:
    """Differences of colours and of lines, at each scale by its weight; and of structure."""
    s, weights = run.settings, run.settings.scale_weights
    levels = list(zip(weights, mean_pyramid(output, len(weights)), mean_pyramid(target, len(weights)), strict=True))
    losses = {
        "l1": torch.stack([w * (a - b).abs().mean() for w, a, b in levels]).sum() / sum(weights),
        "gradient": torch.stack([w * gradient_loss(a, b) for w, a, b in levels]).sum() / sum(weights),
    }
    if s.ssim_weight:
        losses["ssim"] = 1 - ssim(output, target)
    if s.patch_weight:
        losses["patches"] = patch_loss(output, target)
    if run.lpips:
        losses["lpips"] = run.lpips(output, target).mean()
    return losses


def _judged(run: Run, sample: Sample, output: Tensor) -> dict[str, Tensor]:
    """The discriminator learns from targets and outputs, and then says what it sees in the outputs."""
    judge, photos = run.discriminator, sample.photos
    *features, real = judge.layers_of(photos, sample.targets, sample.style)
    fake = judge(photos, output.detach(), sample.style)
    loss = discriminator_loss(real.float(), fake.float())
    (loss * len(photos) / run.settings.batch).backward()
    judge.requires_grad_(False)
    *of_output, score = judge.layers_of(photos, output, sample.style)
    judge.requires_grad_(True)
    return {
        "discriminator": loss.detach(),
        "adversarial": generator_loss(score.float()),
        "features": feature_loss([f.detach() for f in features], of_output),
    }


def _converted(run: Run, sample: Sample, source: Source, *, hinted: bool) -> tuple[Tensor, dict[str, Tensor]]:
    """What the generator makes of the photos; if `hinted`, also how far its deep features are from the hints."""
    if not hinted:
        return of_style(run.generator, sample.style)(sample.photos), {}
    with torch.no_grad():
        hints = source.hints(sample.photos)
    output, features = cast(CompactGenerator, run.generator).with_deep_features(sample.photos)
    return output, {"hint": hint_loss(hints, features)}


def _sample_step(run: Run, sample: Sample, source: Source) -> dict[str, Tensor]:
    """Adds the gradients of one sample; its losses, unweighted, by name."""
    s, done = run.settings, run.step / run.settings.steps
    lines = min(1.0, done / s.lines_from) if s.lines_from else 1.0
    hint_weight = s.hint_weight * max(0.0, 1 - done / s.hints_until)
    with mixed_precision(s.device):
        output, losses = _converted(run, sample, source, hinted=hint_weight > 0)
    losses |= _compared(run, output, sample.targets)
    of_lines = {
        "gradient": s.gradient_weight,
        "ssim": s.ssim_weight,
        "patches": s.patch_weight,
        "lpips": s.lpips_weight,
    }
    weights = {"l1": 1.0, "hint": hint_weight} | {name: weight * lines for name, weight in of_lines.items()}
    if (s.adversarial_weight or s.feature_weight) and done >= s.adversarial_from:
        with mixed_precision(s.device):
            losses |= _judged(run, sample, output)
        weights |= {"adversarial": s.adversarial_weight, "features": s.feature_weight}
    total = torch.stack([weights[name] * losses[name] for name in weights if name in losses]).sum()
    (total * len(sample.photos) / s.batch).backward()
    return losses


def train_step(run: Run, source: Source) -> dict[str, float]:
    """One step of both networks; the losses, unweighted, by name."""
    s = run.settings
    rate = learning_rate(run.step, s.steps, s.learning_rate)
    for group, share in zip(run.generator_optimiser.param_groups, shares(s.encoder_rate), strict=True):
        group["lr"] = rate * share
    for group in run.discriminator_optimiser.param_groups:
        group["lr"] = s.discriminator_rate
    for optimiser in (run.generator_optimiser, run.discriminator_optimiser):
        optimiser.zero_grad(set_to_none=True)
    sums: dict[str, float] = {}
    rng = np.random.default_rng([s.seed, run.step])
    samples = source.samples(rng)
    torch.manual_seed(int(rng.integers(2**31)))  # for what the generator leaves out
    for sample in samples:
        for name, value in _sample_step(run, sample.to(s.device), source).items():
            sums[name] = sums.get(name, 0.0) + float(value.detach()) / len(samples)
    nn.utils.clip_grad_norm_(run.generator.parameters(), 1.0)
    run.generator_optimiser.step()
    run.discriminator_optimiser.step()  # which leaves alone what has no gradients
    update_average(run.average, run.generator, run.step, s.ema)
    run.step += 1
    return sums


def _take_up(run: Run, *, resume: bool, report: Callable[[str], None]) -> None:
    checkpoint, log = run.settings.checkpoint, run.settings.out / "log.csv"
    if resume and checkpoint.exists():
        changed = run.load(checkpoint)
        drop_rows_after(log, run.step)
        report("; ".join([f"resumed at step {run.step}", *changed]))
    else:  # of a run that ended before its first checkpoint
        log.unlink(missing_ok=True)


def _of_each_style(pairs: Sequence[Pair], rows: int = 8) -> list[Pair]:
    """As many of the pairs as a sheet has rows, the same number of each style."""
    ranked = [(sum(q.style == p.style for q in pairs[:place]), p.style, place) for place, p in enumerate(pairs)]
    return [pairs[place] for *_, place in sorted(sorted(ranked)[:rows], key=lambda row: row[1:])]


def _record(run: Run, source: Source, tally: Tally, report: Callable[[str], None]) -> None:
    """Judge the average by what is held out, and write log, checkpoint, snapshot and sheet."""
    s, of_average = run.settings, partial(of_style, run.average)
    losses, pace = tally.means(LOSSES), tally.pace(run.step)
    figures = validate(of_average, source.held_out, source.styles, s.device)
    row = {"step": run.step} | losses | figures | {"seconds_per_step": pace}
    stop_unless_finite(figures, run.step, s.checkpoint)  # before a good checkpoint is written over
    append_row(s.out / "log.csv", row)
    report(as_line(row))
    if s.snapshots and run.step // (s.steps / s.snapshots) > tally.since // (s.steps / s.snapshots):
        save_weights(run.average, s.out / f"average_{run.step}.safetensors", s.described())
    run.save(s.checkpoint)  # last: what a kill before it cost is made again
    write_sheet(of_average, _of_each_style(source.held_out), s.out / "sheet.jpg", s.device)


def train(settings: SupervisedSettings, source: Source, *, resume: bool, report: Callable[[str], None]) -> Run:
    """Run to the end; `run.average` is what was learnt. With `resume`, go on from the last checkpoint."""
    s = settings
    run = Run(s, styles=len(source.styles), fingerprint=source.fingerprint)
    _take_up(run, resume=resume, report=report)
    tally = Tally(run.step)
    while run.step < s.steps:
        tally.add(train_step(run, source))
        stop_unless_finite(tally.sums, run.step, s.checkpoint)
        if run.step % s.every == 0 or run.step == s.steps:
            _record(run, source, tally, report)
            tally = Tally(run.step)
    return run
