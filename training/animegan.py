"""AnimeGAN and AnimeGANv2: a generator learns from photos and anime pictures that do not belong together.

    train(AnimeGANSettings(photos=Path("photo"), anime=Path("anime"), out=Path("runs/hayao"), perceptual="pyramid"))

Chen, Liu, Chen: AnimeGAN, ISICA 2019; second version 2020. Reads from top to bottom: settings, state of a run (what a
checkpoint holds), the two kinds of steps, the loop. At first the generator only learns to draw what is in the photo
(as CartoonGAN, CVPR 2018, has it); then the discriminator joins. Lightning Fabric moves things to the device, chooses
the precision, and shares the work between processes, each of which sees its own part of every batch.
"""

import pickle
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from inference.checkpoints import build_network

from .data import Batch, Data, batches, keep_pictures, learn_from
from .discriminators import AnimeGANDiscriminator
from .log import append_row, drop_rows_after
from .losses import PRESETS, Weights, colour_loss, grey, total_variation_loss
from .losses import lsgan_discriminator_loss as discriminator_loss
from .losses import lsgan_generator_loss as generator_loss
from .package import StyleTexts, style_id, write_package
from .perceptual import CHOICES, load_perceptual
from .photos import find_pictures, load_photo
from .runs import save_state, stop_unless_finite, update_average
from .sheet import result_of, save_sheet, sheet_of
from .teachers import brief
from .vgg import NAME, require

FIGURES = ("content", "style", "colour", "total_variation", "adversarial", "discriminator")
SAMPLES = 6  # photos in the sheet
# Half precision as float16 is left out: what scales its losses would be one more thing to keep in a checkpoint.
Precision = Literal["32-true", "bf16-mixed"]
# Learning rates of the first phase, the generator and the discriminator, by version, as the authors' code has them.
RATES = {1: (1e-4, 8e-5, 1.6e-4), 2: (2e-4, 2e-5, 4e-5)}


@dataclass(frozen=True)
class AnimeGANSettings:
    """What a run is made from. `batch` is of each process; sizes are pixels of a side; weights multiply their loss."""

    photos: Path  # folders, or what prepare_dataset wrote, with train/ and val/ in it
    anime: Path
    out: Path  # checkpoint, log, sheet, TensorBoard's files, and the package at the end
    smooth: Path | None = None  # anime pictures with blurred edges; None: made as they are needed
    version: int = 2
    weights: Weights = field(default_factory=lambda: PRESETS["hayao"])
    perceptual: str = "vgg19"
    vgg19: Path = Path("weights") / NAME
    epochs: int = 100
    first_epochs: int = 10  # of them, with nothing but the content loss
    batch: int = 12
    size: int = 256
    rates: tuple[float, float, float] = RATES[2]
    ema: float = 0.999
    seed: int = 1
    device: str = "cpu"
    processes: int = 1  # on each machine
    machines: int = 1
    precision: Precision = "32-true"
    every: int = 200  # steps between two rows of the log, sheets and checkpoints
    cache: Path = Path("runs") / "cache"  # resized pictures
    texts: StyleTexts = field(default_factory=StyleTexts)

    def __post_init__(self) -> None:
        """Raises ValueError for what would fail only later."""
        style_id(self.out.name)
        for name in ("epochs", "batch", "every", "processes", "machines"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, not {getattr(self, name)}")
        if self.size % 8 or self.size < 32:  # the networks halve it three times, VGG19 among them
            raise ValueError(f"size must be a multiple of 8, 32 or more, not {self.size}")
        if self.version not in RATES or self.perceptual not in CHOICES:
            raise ValueError(f"version {self.version} or perceptual {self.perceptual!r} is not known")
        if self.perceptual == "vgg19":
            require(self.vgg19)
        if self.device.startswith("cuda") and not torch.cuda.is_available():
            raise ValueError(f"torch finds no {self.device} on this machine")

    @property
    def network(self) -> str:
        return f"animegan{self.version}"


class Run:
    """All state of a run: generator, its running average, discriminator, three optimisers, steps done."""

    def __init__(self, settings: AnimeGANSettings, fabric: Fabric, made_with: dict[str, Any]) -> None:
        torch.manual_seed(settings.seed)
        self.settings, self.fabric, self.made_with, self.step = settings, fabric, made_with, 0

        def place(module: nn.Module) -> nn.Module:
            return module.to(fabric.device, memory_format=torch.channels_last)  # type: ignore[call-overload]

        def adam(network: nn.Module, rate: float) -> torch.optim.Optimizer:
            return torch.optim.Adam(network.parameters(), lr=rate, betas=(0.5, 0.999))

        self.perceptual = place(load_perceptual(settings.perceptual, settings.vgg19))
        generator = place(build_network(settings.network))
        discriminator = place(AnimeGANDiscriminator(settings.version))
        self.average = place(build_network(settings.network)).requires_grad_(False)
        self.average.load_state_dict(generator.state_dict())
        first, second, third = settings.rates
        # Two optimisers for the generator: what the first phase's has learnt of gradients' sizes no longer holds.
        self.generator, self.first_optimiser, self.generator_optimiser = fabric.setup(
            generator, adam(generator, first), adam(generator, second)
        )
        self.discriminator, self.discriminator_optimiser = fabric.setup(discriminator, adam(discriminator, third))

    def _parts(self) -> dict[str, Any]:
        optimisers = ("first_optimiser", "generator_optimiser", "discriminator_optimiser")
        return {name: getattr(self, name) for name in ("generator", "average", "discriminator", *optimisers)}

    def save(self, path: Path) -> None:
        """Write the checkpoint, whole or not at all; the first process does."""
        state: dict[str, Any] = {name: part.state_dict() for name, part in self._parts().items()}
        if self.fabric.is_global_zero:
            save_state(state | {"step": self.step, "made_with": self.made_with, "rng": torch.get_rng_state()}, path)
        self.fabric.barrier()

    def load(self, path: Path) -> None:
        """Take up the run that `path` holds. Raises ValueError, naming the file, where it is of another one."""
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
            if state["made_with"] != self.made_with:
                raise ValueError(f"made with {state['made_with']}, now {self.made_with}")
            for name, part in self._parts().items():
                part.load_state_dict(state[name])
            torch.set_rng_state(state["rng"])
            self.step = state["step"]
        except (pickle.UnpicklingError, EOFError, KeyError, TypeError, ValueError, RuntimeError) as error:
            raise ValueError(f"{path}: not a checkpoint of a run with these settings ({brief(error)})") from error


def _update(run: Run, optimiser: Any, loss: Tensor) -> None:
    optimiser.zero_grad(set_to_none=True)
    run.fabric.backward(loss)
    optimiser.step()


def first_step(run: Run, batch: Batch) -> dict[str, Tensor]:
    """A step of the first phase: the generator learns to draw what it sees. The losses, unweighted, by name."""
    result = run.generator(batch.photos)
    with run.fabric.autocast():
        losses = run.perceptual(batch.photos, result)
    _update(run, run.first_optimiser, run.settings.weights.content * losses["content"])
    return losses


def adversarial_step(run: Run, batch: Batch) -> dict[str, Tensor]:
    """A step of the discriminator, and one of the generator. The losses, unweighted, by name."""
    w, photos, anime = run.settings.weights, batch.photos, batch.anime
    result = run.generator(photos)
    shown = torch.cat([anime, result.detach(), grey(anime), grey(batch.smooth)])
    of_anime, of_result, of_grey, of_smooth = run.discriminator(shown).chunk(4)
    losses = {"discriminator": discriminator_loss(of_anime, of_result, of_grey, of_smooth, w)}
    _update(run, run.discriminator_optimiser, w.adversarial * losses["discriminator"])

    # Past Fabric's wrapper: in the generator's step, processes have no gradients of the discriminator to share.
    judge = run.discriminator.module.requires_grad_(False)
    with run.fabric.autocast():
        losses["adversarial"] = generator_loss(judge(result).float())
        losses |= run.perceptual(photos, result, grey(anime))
    judge.requires_grad_(True)
    losses |= {"colour": colour_loss(photos, result), "total_variation": total_variation_loss(result)}
    parts = [getattr(w, name) * loss for name, loss in losses.items() if name != "discriminator"]
    _update(run, run.generator_optimiser, torch.stack(parts).sum())
    return losses


def train_step(run: Run, batch: Batch, first_steps: int) -> dict[str, Tensor]:
    """The step that is due."""
    losses = (first_step if run.step < first_steps else adversarial_step)(run, batch)
    update_average(run.average, run.generator.module, run.step, run.settings.ema)
    run.step += 1
    return {name: loss.detach() for name, loss in losses.items()}


def _load_data(settings: AnimeGANSettings, fabric: Fabric, report: Callable[[str], None]) -> Data:
    s = settings

    def keep(folder: Path, say: Callable[[str], None]) -> list[Path]:
        return keep_pictures(learn_from(folder), s.size, s.cache, say)

    def load(say: Callable[[str], None]) -> Data:
        smooth = keep(s.smooth, say) if s.smooth else []
        return Data(keep(s.photos, say), keep(s.anime, say), smooth, s.size, s.seed)

    # The first process reports what is broken and fills the cache; the others then find it filled.
    with fabric.rank_zero_first():
        return load(report if fabric.is_global_zero else lambda _: None)


def _samples(settings: AnimeGANSettings, report: Callable[[str], None]) -> list[np.ndarray]:
    """The first photos for the sheet: of those held out, where there are any."""
    photos: list[np.ndarray] = []
    for path in find_pictures(settings.photos / "val") or find_pictures(learn_from(settings.photos)):
        try:
            photos.append(load_photo(path, max(256, settings.size)))
        except OSError as error:
            report(f"{path}: skipped, not a whole picture ({error})")
        if len(photos) == SAMPLES:
            break
    if not photos:
        raise ValueError(f"no whole picture below {settings.photos / 'val'}")
    return photos


def _weights_are_finite(run: Run) -> float:
    """1, or not a number where a weight is: a last step can spoil them while its losses were still right."""
    total = sum(
        parameter.detach().sum() for part in (run.generator, run.discriminator) for parameter in part.parameters()
    )
    return 1.0 if bool(torch.isfinite(torch.as_tensor(total))) else float("nan")


def _means(run: Run, losses: dict[str, list[Tensor]]) -> dict[str, float]:
    """The losses since the last row, over all processes; 0 for those that had no part."""
    none = [torch.zeros((), device=run.fabric.device)]
    values = torch.stack([torch.stack(losses.get(name, none)).float().mean() for name in FIGURES])
    shared = torch.as_tensor(run.fabric.all_reduce(values, reduce_op="mean"))
    return dict(zip(FIGURES, shared.tolist(), strict=True))


@torch.no_grad()
def _record(run: Run, figures: dict[str, float], samples: list[np.ndarray], writer: SummaryWriter) -> None:
    out, device = run.settings.out, run.fabric.device
    append_row(out / "log.csv", {"step": run.step} | figures)
    sheet = sheet_of([(photo, result_of(run.average, photo, device)) for photo in samples])
    save_sheet(sheet, out / "sheet.jpg")
    for name, value in figures.items():
        writer.add_scalar(name, value, run.step)
    writer.add_image("photo and result", np.asarray(sheet), run.step, dataformats="HWC")
    writer.flush()


def make_fabric(settings: AnimeGANSettings) -> Fabric:
    """One process on one device; or several, which share their gradients (distributed data parallel)."""
    s = settings
    strategy = "ddp" if s.processes * s.machines > 1 else "auto"
    return Fabric(
        accelerator=s.device, devices=s.processes, num_nodes=s.machines, strategy=strategy, precision=s.precision
    )


def train(settings: AnimeGANSettings, *, resume: bool = False, report: Callable[[str], None] = print) -> Path:
    """Run to the end and return the folder of the style package. With `resume`, go on from the last checkpoint.

    Raises ValueError for pictures, weights or a checkpoint that cannot be used, OSError, and FloatingPointError where
    a loss is not a number.
    """
    s, checkpoint, log = settings, settings.out / "checkpoint.pt", settings.out / "log.csv"
    package, curves = s.out / "package", s.out / "tensorboard"
    fabric = make_fabric(s)
    fabric.launch()
    if checkpoint.exists() and not resume:  # days of work, maybe
        raise ValueError(f"{checkpoint} is there already: go on from it with --resume, or give another --out")
    s.out.mkdir(parents=True, exist_ok=True)
    data = _load_data(s, fabric, report)
    pictures = [len(files) for files in (data.photos, data.anime, data.smooth)]
    whole_batch = s.batch * fabric.world_size
    run = Run(s, fabric, {"pictures": pictures, "batch": whole_batch, "seed": s.seed, "size": s.size})
    epoch = max(1, len(data) // whole_batch)
    first_steps = 0 if s.perceptual == "none" else s.first_epochs * epoch
    steps = s.epochs * epoch
    if checkpoint.exists():
        run.load(checkpoint)
    if run.step > steps:
        raise ValueError(f"{checkpoint}: at step {run.step}, beyond the {steps} steps asked for")
    losses, main = dict[str, list[Tensor]](), fabric.is_global_zero
    samples = _samples(s, report) if main else []
    if main:
        report(
            f"{pictures[0]} photos, {pictures[1]} anime pictures; {steps} steps, the first {first_steps} for content"
        )
        if run.step:
            drop_rows_after(log, run.step)
            report(f"resumed at step {run.step}")
        else:  # of a run that ended before its first checkpoint
            log.unlink(missing_ok=True)
            shutil.rmtree(curves, ignore_errors=True)
    writer = SummaryWriter(curves, purge_step=run.step + 1) if main else None
    bar = tqdm(total=steps, initial=run.step, unit="step", disable=None if main else True)  # None: where nobody watches
    for batch in batches(data, run.step, steps, s.batch, rank=fabric.global_rank, world=fabric.world_size):
        for name, value in train_step(run, batch.to(fabric.device), first_steps).items():
            losses.setdefault(name, []).append(value)
        bar.update()
        if run.step % s.every == 0 or run.step == steps:
            figures = _means(run, losses)
            stop_unless_finite(figures | {"weights": _weights_are_finite(run)}, run.step, checkpoint)
            if writer:
                _record(run, figures, samples, writer)
                with tqdm.external_write_mode():
                    report("  ".join(f"{name} {value:.4g}" for name, value in ({"step": run.step} | figures).items()))
            run.save(checkpoint)
            losses = {}
    bar.close()
    if writer:
        writer.close()
        _write_package(run, package, pictures)
        report(f"{package}: install it with manage.py add_style {package}")
    fabric.barrier()
    return package


def _write_package(run: Run, folder: Path, pictures: list[int]) -> None:
    s = run.settings
    facts = {"network": s.network, "steps": run.step, "photos": pictures[0], "anime pictures": pictures[1]}
    facts |= {"perceptual": s.perceptual, "batch": run.made_with["batch"], "size": s.size, "epochs": s.epochs}
    facts |= {"learning rates": s.rates, "weights": asdict(s.weights), "seed": s.seed, "average": s.ema}
    write_package(
        folder,
        run.average,
        s.network,
        texts=s.texts,
        facts=facts,
        sheet=s.out / "sheet.jpg",
        working_size=max(512, s.size),
        name=style_id(s.out.name),
    )
