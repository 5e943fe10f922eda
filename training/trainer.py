"""What every adversarial training does alike, whatever a step is: start or resume, steps, log, sheets, checkpoints.

A recipe (`animegan`, `whitebox`) says what its settings, its state and its steps are, and calls `start`, `run_steps`
and `finish`. Lightning Fabric moves things to the device, chooses the precision, and shares the work between
processes, each of which sees its own part of every batch.
"""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from inference.architectures import build_network
from training.checkpoints import (
    changes,
    read_checkpoint,
    refuse_to_begin_again,
    save_state,
    stop_unless_finite,
    taking_up,
    update_average,
)
from training.config import RunSettings
from training.data.photos import find_pictures, load_photo
from training.data.unpaired import BatchSource, batches, learn_from
from training.report.log import append_row, as_line, drop_rows_after
from training.report.sheets import result_of, save_sheet, sheet_of
from training.style_package import style_id, write_package

SAMPLES = 6  # photos in the sheet
Report = Callable[[str], None]


class OnDevice(Protocol):
    def to(self, device: torch.device) -> Any: ...


B = TypeVar("B", bound=OnDevice)


def adam(network: nn.Module, rate: float, decay: float = 0.999) -> torch.optim.Optimizer:
    """Adam with the short memory that adversarial training takes; `decay` is its second beta."""
    return torch.optim.Adam(network.parameters(), lr=rate, betas=(0.5, decay))


class Run:
    """All state of a run: generator, its running average, steps done, and what a recipe adds to `parts`.

    `parts`: networks and optimisers that a checkpoint holds. `trained`: networks whose weights must stay numbers.
    """

    def __init__(self, settings: RunSettings, fabric: Fabric, made_with: dict[str, Any]) -> None:
        torch.manual_seed(settings.seed)
        self.fabric, self.made_with, self.step = fabric, made_with, 0
        self.described = settings.described()
        self.out, self.ema = settings.out, settings.ema
        self.parts: dict[str, Any] = {}
        self.trained: list[nn.Module] = []

    def place(self, module: nn.Module) -> nn.Module:
        return module.to(self.fabric.device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def make_generator(self, network: str) -> nn.Module:
        """The generator, not yet set up by Fabric; `average` begins as the same."""
        generator = self.place(build_network(network))
        self.average = self.place(build_network(network)).requires_grad_(False)
        self.average.load_state_dict(generator.state_dict())
        return generator

    def update(self, optimiser: Any, loss: Tensor) -> None:
        """One step of an optimiser down the gradient of a loss."""
        optimiser.zero_grad(set_to_none=True)
        self.fabric.backward(loss)
        optimiser.step()

    def count_step(self, generator: nn.Module) -> None:
        """A step of the generator is done."""
        update_average(self.average, generator, self.step, self.ema)
        self.step += 1

    def save(self, path: Path) -> None:
        """Write the checkpoint, whole or not at all; the first process does."""
        state: dict[str, Any] = {name: part.state_dict() for name, part in self.parts.items()}
        about = {"step": self.step, "made_with": self.made_with, "settings": self.described}
        if self.fabric.is_global_zero:
            save_state(state | about | {"rng": torch.get_rng_state()}, path)
        self.fabric.barrier()

    def load(self, path: Path) -> list[str]:
        """Take up the run that `path` holds, at the learning rates of now; says which settings are others now.

        Raises ValueError, naming the file, where it is of another run, or was made with other pictures. What a
        checkpoint of an earlier version does not tell is not compared.
        """
        state = read_checkpoint(path)
        with taking_up(path, of=" of a run with these settings"):
            before = state["made_with"]
            if others := changes(before, {name: self.made_with.get(name) for name in before}):
                raise ValueError(f"made with other pictures or settings: {'; '.join(others)}")
            for name, part in self.parts.items():
                part.load_state_dict(_at_rates_of(part, state[name]))
            torch.set_rng_state(state["rng"])
            self.step = state["step"]
        if "settings" not in state:
            return ["made by an earlier version: whether settings and pictures are the same is not known"]
        return changes(state["settings"], self.described)


def _at_rates_of(part: Any, state: dict[str, Any]) -> dict[str, Any]:
    """The state as it is of a network; that of an optimiser with the learning rates that `part` has."""
    if isinstance(part, torch.optim.Optimizer):
        for group, now in zip(state["param_groups"], part.param_groups, strict=True):
            group["lr"] = now["lr"]
    return state


def make_fabric(settings: RunSettings) -> Fabric:
    """One process on one device; or several, which share their gradients (distributed data parallel)."""
    s = settings
    strategy = "ddp" if s.processes * s.machines > 1 else "auto"
    return Fabric(
        accelerator=s.device, devices=s.processes, num_nodes=s.machines, strategy=strategy, precision=s.precision
    )


def start(settings: RunSettings, *, resume: bool) -> Fabric:
    """Launch the processes and make the run's folder. Raises ValueError where a run is there and not to be resumed."""
    fabric = make_fabric(settings)
    fabric.launch()
    refuse_to_begin_again(settings.checkpoint, resume=resume)
    settings.out.mkdir(parents=True, exist_ok=True)
    return fabric


T = TypeVar("T")


def load_shared(fabric: Fabric, report: Report, load: Callable[[Report], T]) -> T:
    """What `load` gives, in every process: the first reports what is broken and fills the cache for the others."""
    with fabric.rank_zero_first():
        return load(report if fabric.is_global_zero else lambda _: None)


def _samples(settings: RunSettings, report: Report) -> list[np.ndarray]:
    """The first photos for the sheet: of those held out, where there are any."""
    photos: list[np.ndarray] = []
    for path in find_pictures(settings.photos / "val") or find_pictures(learn_from(settings.photos)):
        try:
            photos.append(load_photo(path, max(256, settings.size)))
        except OSError as error:
            report(f"{error}; skipped")
        if len(photos) == SAMPLES:
            break
    if not photos:
        raise ValueError(f"no whole picture below {settings.photos / 'val'}")
    return photos


def _weights_are_finite(run: Run) -> float:
    """1, or not a number where a weight is: a last step can spoil them while its losses were still right."""
    total = sum(parameter.detach().sum() for part in run.trained for parameter in part.parameters())
    return 1.0 if bool(torch.isfinite(torch.as_tensor(total))) else float("nan")


def _means(run: Run, losses: dict[str, list[Tensor]], names: Sequence[str]) -> dict[str, float]:
    """The losses since the last row, over all processes; 0 for those that had no part."""
    none = [torch.zeros((), device=run.fabric.device)]
    values = torch.stack([torch.stack(losses.get(name, none)).float().mean() for name in names])
    shared = torch.as_tensor(run.fabric.all_reduce(values, reduce_op="mean"))
    return dict(zip(names, shared.tolist(), strict=True))


@torch.no_grad()
def _record(run: Run, figures: dict[str, float], samples: list[np.ndarray], writer: SummaryWriter) -> None:
    append_row(run.out / "log.csv", {"step": run.step} | figures)
    sheet = sheet_of([(photo, result_of(run.average, photo, run.fabric.device)) for photo in samples])
    save_sheet(sheet, run.out / "sheet.jpg")
    for name, value in figures.items():
        writer.add_scalar(name, value, run.step)
    writer.add_image("photo and result", np.asarray(sheet), run.step, dataformats="HWC")
    writer.flush()


def _take_up(run: Run, settings: RunSettings, steps: int, report: Report) -> SummaryWriter | None:
    """Go on from the checkpoint, or clear what a run left that ended before its first. The first process writes."""
    log, curves = run.out / "log.csv", run.out / "tensorboard"
    changed = run.load(settings.checkpoint) if settings.checkpoint.exists() else []
    if run.step > steps:
        raise ValueError(f"{settings.checkpoint}: at step {run.step}, beyond the {steps} steps asked for")
    if not run.fabric.is_global_zero:
        return None
    if run.step:
        drop_rows_after(log, run.step)
        report("; ".join([f"resumed at step {run.step}", *changed]))
    else:
        log.unlink(missing_ok=True)
        shutil.rmtree(curves, ignore_errors=True)
    return SummaryWriter(curves, purge_step=run.step + 1)


def run_steps(
    run: Run,
    settings: RunSettings,
    data: BatchSource[B],
    steps: int,
    train_step: Callable[[B], dict[str, Tensor]],
    figures: Sequence[str],
    report: Report,
) -> None:
    """From the last checkpoint, or from the start, to the step `steps`. `figures`: the columns of the log.

    Raises ValueError for a checkpoint that cannot be used, and FloatingPointError where a loss is not a number.
    """
    s, fabric = settings, run.fabric
    samples = _samples(s, report) if fabric.is_global_zero else []
    writer = _take_up(run, s, steps, report)
    losses = dict[str, list[Tensor]]()
    is_hidden = None if writer else True  # None: if nobody watches
    with tqdm(total=steps, initial=run.step, unit="step", disable=is_hidden) as bar:
        for batch in batches(data, run.step, steps, s.batch, rank=fabric.global_rank, world=fabric.world_size):
            for name, value in train_step(batch.to(fabric.device)).items():
                losses.setdefault(name, []).append(value.detach())
            bar.update()
            if run.step % s.every == 0 or run.step == steps:
                row = _means(run, losses, figures)
                stop_unless_finite(row | {"weights": _weights_are_finite(run)}, run.step, s.checkpoint)
                if writer:
                    _record(run, row, samples, writer)
                    with tqdm.external_write_mode():
                        report(as_line({"step": run.step} | row))
                run.save(s.checkpoint)
                losses = {}
    if writer:
        writer.close()


def finish(run: Run, settings: RunSettings, facts: dict[str, Any], report: Report) -> Path:
    """Write the style package of the running average, and return its folder; the first process does."""
    package = run.out / "package"
    if run.fabric.is_global_zero:
        write_package(
            package,
            run.average,
            settings.network,
            texts=settings.texts,
            facts={"network": settings.network, "steps": run.step} | facts,
            sheet=run.out / "sheet.jpg",
            working_size=max(512, settings.size),
            name=style_id(run.out.name),
        )
        report(f"{package}: install it with manage.py add_style {package}")
    run.fabric.barrier()
    return package
