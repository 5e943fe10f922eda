"""Supervised training of the project's small generators: from photos, and what each of them should become.

Where such pairs come from, a teacher or files, is a `PairSource`; see `distill` and `paired`. Reads from top to bottom:
settings, trainer with its step. The choices of step n come from a generator seeded with (seed, n).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from lightning_fabric import Fabric
from PIL import Image
from torch import Tensor, nn

from inference.architectures.styled import StyledNetwork
from inference.backends.precision import supports_bfloat16
from training.checkpoints import (
    OF_THESE_SETTINGS,
    load_checkpoint_errors,
    read_checkpoint,
    require_same_data,
    save_weights,
)
from training.config import TrainConfig, require_positive
from training.data.pairs import Pair, PairSample, PairSource, SeededSamples, SupervisedBatch
from training.losses import (
    ADVERSARIAL,
    FEATURE_DISTILLATION,
    FEATURE_MATCHING,
    GRADIENT,
    L1,
    LPIPS,
    PATCH_DISTRIBUTION,
    SSIM,
    compute_losses,
    default_weights,
    feature_distillation_loss,
    feature_matching_loss,
    gradient_loss,
    l1_loss,
    lsgan_generator_loss,
    lsgan_pair_loss,
    mean_pyramid,
    weighted_sum,
)
from training.metrics.lpips import load_lpips
from training.metrics.validation import validate
from training.networks.discriminators import PatchDiscriminator
from training.optim import gan_adam, learning_rate_shares, parameter_groups, scheduled_learning_rate
from training.report.log import LossMeter
from training.report.sheets import draw_pairs
from training.trainer import Report, Trainer

LOSSES = (L1, GRADIENT, FEATURE_DISTILLATION, FEATURE_MATCHING, ADVERSARIAL, PATCH_DISTRIBUTION, LPIPS, SSIM)
WEIGHTS = default_weights(LOSSES, adversarial=0.005)
LINE_LOSSES = (GRADIENT, SSIM, PATCH_DISTRIBUTION, LPIPS)  # first the tone is learned, then the lines
SHEET_ROWS = 8


@dataclass(frozen=True, kw_only=True)
class SupervisedConfig(TrainConfig):
    """The settings of a run. `…_from` and `…_until` are shares of the run."""

    start: Path | None = None  # weights of such a generator to begin with
    steps: int = 18_000
    learning_rate: float = 8e-4
    learning_rate_falls_from: float = 0.0  # until here it stays what it is
    encoder_learning_rate_share: float = 1.0  # of it, that the generator's encoder learns with
    discriminator_learning_rate: float = 2e-4
    grad_clip: float = 1.0  # the norm that the generator's gradients are cut to
    weights: Mapping[str, float] = field(default_factory=lambda: WEIGHTS)
    scale_weights: tuple[float, ...] = (1.0,)  # of the picture as it is, at half its size, at a quarter…
    lpips: tuple[Path, ...] = ()  # AlexNet's file and that of LPIPS's weights, for a loss by it
    lines_from: float = 0.0  # until here the weights of LINE_LOSSES grow
    distill_features_until: float = 0.4  # until here the weight of the teacher's features falls to 0
    adversarial_from: float = 0.6  # from here the discriminator takes part
    snapshots: int = 0  # of the average, spread over the run; the last is not always the best

    def __post_init__(self) -> None:
        """Raise ValueError for what would fail only later."""
        super().__post_init__()
        require_positive(self, "steps")
        if self.weights[LPIPS.name] and len(self.lpips) != 2:
            raise ValueError("lpips_weight needs lpips: the files of AlexNet and of LPIPS's weights")
        if not 0 <= self.learning_rate_falls_from < 1:
            share = self.learning_rate_falls_from
            raise ValueError(f"learning_rate_falls_from must be 0 or more, and below 1, not {share}")
        if not 0 < self.encoder_learning_rate_share <= 1:
            share = self.encoder_learning_rate_share
            raise ValueError(f"encoder_learning_rate_share must be above 0, and 1 at most, not {share}")

    def check_environment(self) -> None:
        super().check_environment()
        for file in self.lpips:
            if not file.is_file():
                raise ValueError(f"{file}: no such file")

    @property
    def fabric_options(self) -> dict[str, Any]:
        """Mixed precision, where it is faster: devices without bfloat16 imitate it, at less than half the speed."""
        precision = "bf16-mixed" if supports_bfloat16(self.device) else "32-true"
        return super().fabric_options | {"precision": precision}

    def build(self) -> nn.Module:
        """Return the generator as it is at the start."""
        raise NotImplementedError


ConfigT = TypeVar("ConfigT", bound=SupervisedConfig)


def select_style(network: nn.Module, style: int) -> Callable[[Tensor], Tensor]:
    """Return the network in one of its styles; one that has a single style is that itself."""
    return partial(network, style=style) if isinstance(network, StyledNetwork) else network


def refuse_other_pictures(checkpoint: Path, fingerprint: str) -> None:
    """Raise ValueError for a checkpoint that was made with others: before anything of its run is written over."""
    if checkpoint.exists():
        state = read_checkpoint(checkpoint)
        with load_checkpoint_errors(checkpoint, of=OF_THESE_SETTINGS):
            require_same_data(state, {"fingerprint": fingerprint})


class SupervisedTrainer(Trainer[ConfigT, SupervisedBatch], Generic[ConfigT]):
    """Generator, its running average, discriminator, an optimizer each; LPIPS, if it counts."""

    logged = tuple(loss for loss in LOSSES if loss != SSIM)  # the column of that name is of the pictures held out
    checkpointed = ("generator", "average", "discriminator", "generator_optimizer", "discriminator_optimizer")

    def __init__(self, config: ConfigT, fabric: Fabric, source: PairSource) -> None:
        super().__init__(config, fabric, {"fingerprint": source.fingerprint})
        self.source = source
        generator = self.place_generator(config.build())
        discriminator = self.to_device(PatchDiscriminator(styles=len(source.styles)))
        self.lpips = self.to_device(load_lpips(*config.lpips)) if config.weights[LPIPS.name] else None
        groups = parameter_groups(generator, config.encoder_learning_rate_share)
        self.generator, self.generator_optimizer = fabric.setup(
            generator, torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, 0.99), fused=True)
        )
        self.discriminator, self.discriminator_optimizer = fabric.setup(
            discriminator, gan_adam(discriminator, config.discriminator_learning_rate, beta2=0.99)
        )

    def fit_source(self, report: Report) -> None:
        """Run to the end; `average` is what was learned."""
        self.fit(SeededSamples(self.source, self.config.seed), self.config.steps, report)

    def training_step(self, batch: SupervisedBatch) -> dict[str, Tensor]:
        """Make one step of both networks. Return the losses as means over the samples."""
        self._schedule()
        for optimizer in (self.generator_optimizer, self.discriminator_optimizer):
            optimizer.zero_grad(set_to_none=True)
        torch.manual_seed(batch.seed)  # for what the generator leaves out
        sums: dict[str, Tensor] = {}
        for sample in batch.samples:
            for name, value in self._backpropagate(sample).items():
                sums[name] = sums.get(name, torch.zeros_like(value)) + value.detach() / len(batch.samples)
        nn.utils.clip_grad_norm_(self.generator.parameters(), self.config.grad_clip)
        self.generator_optimizer.step()
        self.discriminator_optimizer.step()  # which leaves alone what has no gradients
        return sums

    def _schedule(self) -> None:
        """Set the generator's learning rates of this step."""
        config = self.config
        rate = scheduled_learning_rate(self.step, config.steps, config.learning_rate, config.learning_rate_falls_from)
        shares = learning_rate_shares(config.encoder_learning_rate_share)
        for group, share in zip(self.generator_optimizer.param_groups, shares, strict=True):
            group["lr"] = rate * share

    def _weights(self) -> dict[str, float]:
        """Return the weights of this step, without the losses that have no part in it."""
        config, progress = self.config, self.step / self.config.steps
        weights = dict(config.weights)
        line_share = min(1.0, progress / config.lines_from) if config.lines_from else 1.0
        for loss in LINE_LOSSES:
            weights[loss.name] *= line_share
        weights[FEATURE_DISTILLATION.name] *= max(0.0, 1 - progress / config.distill_features_until)
        if not weights[FEATURE_DISTILLATION.name]:
            del weights[FEATURE_DISTILLATION.name]
        is_adversarial = weights[ADVERSARIAL.name] or weights[FEATURE_MATCHING.name]
        if not is_adversarial or progress < config.adversarial_from:
            del weights[ADVERSARIAL.name], weights[FEATURE_MATCHING.name]
        return weights

    def _backpropagate(self, sample: PairSample) -> dict[str, Tensor]:
        """Add the gradients of one sample; return its losses, unweighted, by name."""
        weights = self._weights()
        with self.fabric.autocast():
            output, losses = self._convert(sample, distills_features=FEATURE_DISTILLATION.name in weights)
        losses |= self._target_losses(output, sample.targets)
        if ADVERSARIAL.name in weights:
            with self.fabric.autocast():
                losses |= self._discriminator_losses(sample, output)
        total = weighted_sum(losses, weights)
        self.fabric.backward(total * len(sample.photos) / self.config.batch_size)
        return losses

    def _convert(self, sample: PairSample, *, distills_features: bool) -> tuple[Tensor, dict[str, Tensor]]:
        """Return what the generator makes of the photos, and maybe how far its deep features are from the teacher's."""
        generator = self.generator.module
        if not distills_features:
            return select_style(generator, sample.style)(sample.photos), {}
        with torch.no_grad():
            teacher_features = self.source.teacher_features(sample.photos)
        output, features = generator.with_deep_features(sample.photos)
        return output, {FEATURE_DISTILLATION.name: feature_distillation_loss(teacher_features, features)}

    def _target_losses(self, output: Tensor, target: Tensor) -> dict[str, Tensor]:
        """Return differences of colors and of lines, at each scale by its weight; and others of the whole."""
        scales = self.config.scale_weights
        levels = list(zip(scales, mean_pyramid(output, len(scales)), mean_pyramid(target, len(scales)), strict=True))
        losses = {
            L1.name: torch.stack([w * l1_loss(a, b) for w, a, b in levels]).sum() / sum(scales),
            GRADIENT.name: torch.stack([w * gradient_loss(a, b) for w, a, b in levels]).sum() / sum(scales),
        }
        others = [loss for loss in LOSSES if loss.name not in losses and self.config.weights[loss.name]]
        inputs = {"output": output, "target": target, "lpips_network": self.lpips}
        return losses | compute_losses(others, inputs)

    def _discriminator_losses(self, sample: PairSample, output: Tensor) -> dict[str, Tensor]:
        """Let the discriminator learn from targets and outputs; return what it then says of the outputs."""
        discriminator, photos = self.discriminator.module, sample.photos
        *features, real = discriminator.layer_outputs(photos, sample.targets, sample.style)
        fake = discriminator(photos, output.detach(), sample.style)
        loss = lsgan_pair_loss(real.float(), fake.float())
        self.fabric.backward(loss * len(photos) / self.config.batch_size)
        discriminator.requires_grad_(False)
        *output_features, score = discriminator.layer_outputs(photos, output, sample.style)
        discriminator.requires_grad_(True)
        return {
            "discriminator": loss.detach(),
            ADVERSARIAL.name: lsgan_generator_loss(score.float()),
            FEATURE_MATCHING.name: feature_matching_loss([f.detach() for f in features], output_features),
        }

    def validate(self, meter: LossMeter) -> dict[str, float]:
        """Measure the average by what is held out; and say how long a step took."""
        seconds = meter.seconds_per_step(self.step)
        figures = validate(
            partial(select_style, self.average), self.source.held_out, self.source.styles, self.fabric.device
        )
        return figures | {"seconds_per_step": seconds}

    def draw_sheet(self) -> Image.Image:
        rows = balance_styles(self.source.held_out, SHEET_ROWS)
        return draw_pairs(partial(select_style, self.average), rows, self.fabric.device)

    def on_recorded(self, meter: LossMeter) -> None:
        """Write a snapshot of the average, where one is due."""
        config = self.config
        if not config.snapshots:
            return
        snapshot_interval = config.steps / config.snapshots
        if self.step // snapshot_interval > meter.since // snapshot_interval:
            metadata = {name: str(value) for name, value in config.flatten().items()}
            save_weights(self.average, config.out / f"average_{self.step}.safetensors", metadata)


def balance_styles(pairs: Sequence[Pair], rows: int) -> list[Pair]:
    """Return as many of the pairs as a sheet has rows, the same number of each style."""
    ranked = [(sum(q.style == p.style for q in pairs[:place]), p.style, place) for place, p in enumerate(pairs)]
    return [pairs[place] for *_, place in sorted(sorted(ranked)[:rows], key=lambda row: row[1:])]
