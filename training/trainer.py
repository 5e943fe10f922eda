"""The loop that every training runs in, whatever a step is: start or resume, steps, log, sheets, checkpoints.

A recipe derives a class from `Trainer`, which builds its networks and optimizers and defines `training_step`, and calls
`launch` and `fit`. Lightning Fabric moves things to the device, chooses the precision, and shares the work between
processes, each of which sees its own part of every batch.

Every random choice of step n follows from (seed, n) or from torch's random state, which the checkpoint keeps: a run
that was killed and resumed ends as one that was not.
"""

import copy
import logging
import math
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from lightning_fabric import Fabric
from PIL import Image
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from training.checkpoints import (
    OF_THESE_SETTINGS,
    load_checkpoint_errors,
    read_checkpoint,
    refuse_existing_run,
    require_same_data,
    save_state,
)
from training.config import TrainConfig, write_config
from training.data.batches import BatchSource, BatchT, iterate_batches
from training.losses import Loss
from training.optim import update_average
from training.report.log import LossMeter, append_row, drop_rows_after, format_row
from training.report.sheets import save_sheet
from training.run_settings import describe_config_changes

Report = Callable[[str], None]


ConfigT = TypeVar("ConfigT", bound=TrainConfig)
T = TypeVar("T")


def make_fabric(config: TrainConfig) -> Fabric:
    """Return Fabric as the settings have it, not yet launched."""
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)  # it tells of devices and precision each time
    return Fabric(**config.fabric_options)


def launch(config: TrainConfig, *, resume: bool) -> Fabric:
    """Launch the processes and make the run's folder.

    Raise ValueError for a device or a file that is not there, and where there is a run that is not to be resumed.
    """
    config.check_environment()
    fabric = make_fabric(config)
    fabric.launch()
    refuse_existing_run(config.checkpoint, resume=resume)
    config.out.mkdir(parents=True, exist_ok=True)
    return fabric


def load_shared(fabric: Fabric, report: Report, load: Callable[[Report], T]) -> T:
    """Return what `load` does, in every process; the first reports what is broken and fills the others' cache."""
    with fabric.rank_zero_first():
        return load(report if fabric.is_global_zero else lambda _: None)


def stop_unless_finite(values: Mapping[str, float], step: int, checkpoint: Path) -> None:
    """Raise FloatingPointError that names the values, the step, and the last good checkpoint."""
    bad = [name for name, value in values.items() if not math.isfinite(value)]
    if bad:
        last = f"the last good state is {checkpoint}" if checkpoint.exists() else f"{checkpoint} was not yet written"
        raise FloatingPointError(f"not a number at step {step}: {', '.join(bad)}; {last}")


class Trainer(Generic[ConfigT, BatchT]):
    """A run: generator, its running average, steps done, and what a recipe adds.

    `data` identifies the pictures learned from: a checkpoint of others is refused.
    """

    checkpointed: tuple[str, ...] = ("generator", "average")  # attributes, networks and optimizers, in the checkpoint
    trained: tuple[str, ...] = ("generator",)  # networks whose weights must stay numbers
    logged: tuple[Loss | str, ...] = ()  # the columns of the log; what is no `Loss` is named as its column

    def __init__(self, config: ConfigT, fabric: Fabric, data: Mapping[str, Any]) -> None:
        torch.manual_seed(config.seed)
        self.config, self.fabric, self.data, self.step = config, fabric, dict(data), 0
        self.generator: Any = None
        self.average: nn.Module = nn.Identity()

    # What a recipe defines.

    def training_step(self, batch: BatchT) -> dict[str, Tensor]:
        """Learn from a batch; return the losses, unweighted, by name."""
        raise NotImplementedError

    def on_fit_start(self, report: Report) -> None:
        """Prepare what `validate` and `draw_sheet` need; the first process does."""

    def validate(self, meter: LossMeter) -> dict[str, float]:
        """Return further figures of a row of the log. Overridden by recipes that hold pictures out to measure by."""
        return {}

    def draw_sheet(self) -> Image.Image:
        """Return photos and what the running average makes of them."""
        raise NotImplementedError

    # What it may use.

    def to_device(self, module: nn.Module) -> nn.Module:
        """Return the module on the device."""
        return module.to(self.fabric.device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def place_generator(self, network: nn.Module) -> nn.Module:
        """Return the generator on the device, not yet set up by Fabric; the average begins as the same."""
        generator = self.to_device(network)
        self.average = copy.deepcopy(generator).eval().requires_grad_(False)
        return generator

    def update(self, optimizer: Any, loss: Tensor) -> None:
        """Make one step of an optimizer down the gradient of a loss."""
        optimizer.zero_grad(set_to_none=True)
        self.fabric.backward(loss)
        optimizer.step()

    # The loop.

    def fit(self, source: BatchSource[BatchT], steps: int, report: Report = print) -> None:
        """Learn from the last checkpoint, or from the start, to the step `steps`.

        Raise ValueError for a checkpoint that cannot be used, and FloatingPointError where a loss is not a number.
        """
        fabric, interval = self.fabric, self.config.checkpoint_interval
        if fabric.is_global_zero:
            self.on_fit_start(report)
        writer = self._resume(steps, report)
        meter = LossMeter(self.step)
        is_hidden = None if writer else True  # None: if nobody watches
        share = {"rank": fabric.global_rank, "world_size": fabric.world_size}
        with tqdm(total=steps, initial=self.step, unit="step", disable=is_hidden) as bar:
            for batch in iterate_batches(source, self.step, steps, self.config.batch_size, **share):
                meter.add(self._measured_step(batch))
                bar.update()
                if self.step % interval == 0 or self.step == steps:
                    self._record(meter, writer, report)
                    meter = LossMeter(self.step)
        if writer:
            writer.close()

    def run_step(self, batch: BatchT) -> dict[str, Tensor]:
        """Learn from a batch, move the average, and count the step; return the losses, unweighted, by name."""
        losses = self.training_step(batch)
        update_average(self.average, self.generator.module, self.step, self.config.ema)
        self.step += 1
        return losses

    def _measured_step(self, batch: BatchT) -> dict[str, Tensor]:
        losses = {name: loss.detach().double() for name, loss in self.run_step(batch.to(self.fabric.device)).items()}
        # Not with several processes, where one would stop alone and the others wait for it; and not on a card, which
        # would stand still until each step's numbers are read. There it shows before the next checkpoint.
        if self.fabric.world_size == 1 and self.fabric.device.type == "cpu":
            stop_unless_finite({name: float(loss) for name, loss in losses.items()}, self.step, self.config.checkpoint)
        return losses

    def _record(self, meter: LossMeter, writer: SummaryWriter | None, report: Report) -> None:
        """Write log, sheet and checkpoint; or nothing, where something is not a number."""
        row = self._means(meter)
        stop_unless_finite(row | {"weights": self._one_if_weights_are_finite()}, self.step, self.config.checkpoint)
        if writer:
            row |= self.validate(meter)
            stop_unless_finite(row, self.step, self.config.checkpoint)
            self._write_row({"step": self.step} | row, writer)
            with tqdm.external_write_mode():
                report(format_row({"step": self.step} | row))
            self.on_recorded(meter)
        self.save(self.config.checkpoint)  # last: what a kill before it cost is made again

    def on_recorded(self, meter: LossMeter) -> None:
        """Do more when a row was logged, before its checkpoint is written."""

    def _means(self, meter: LossMeter) -> dict[str, float]:
        """Return the losses since the last row, over all processes; 0 for those that had no part."""
        columns = dict((one, one) if isinstance(one, str) else (one.name, one.log_column) for one in self.logged)
        means = {columns[name]: mean for name, mean in meter.means(tuple(columns)).items()}
        if self.fabric.world_size == 1:
            return means
        values = torch.tensor(list(means.values()), device=self.fabric.device)
        shared = torch.as_tensor(self.fabric.all_reduce(values, reduce_op="mean"))
        return dict(zip(means, shared.tolist(), strict=True))

    def _one_if_weights_are_finite(self) -> float:
        """Return 1, or not a number where a weight is: a last step can spoil them while its losses were still right."""
        networks = [getattr(self, name) for name in self.trained]
        total = sum(parameter.detach().sum() for network in networks for parameter in network.parameters())
        return 1.0 if bool(torch.isfinite(torch.as_tensor(total))) else math.nan

    @torch.no_grad()
    def _write_row(self, row: Mapping[str, float], writer: SummaryWriter) -> None:
        append_row(self.config.out / "log.csv", dict(row))
        sheet = self.draw_sheet()
        save_sheet(sheet, self.config.out / "sheet.jpg")
        for name, value in row.items():
            if name != "step":
                writer.add_scalar(name, value, self.step)
        writer.add_image("photo and result", np.asarray(sheet), self.step, dataformats="HWC")
        writer.flush()

    # Its checkpoint.

    def save(self, path: Path) -> None:
        """Write the checkpoint, whole or not at all; the first process does."""
        state: dict[str, Any] = {name: getattr(self, name).state_dict() for name in self.checkpointed}
        if self.fabric.is_global_zero:
            save_state(state | {"step": self.step, "data": self.data, "rng": torch.get_rng_state()}, path)
        self.fabric.barrier()

    def load(self, path: Path) -> dict[str, Any]:
        """Take on the state that `path` holds, at the learning rates of now; return it.

        Raise ValueError, naming the file, where it is of another run, or was made with other pictures.
        """
        state = read_checkpoint(path)
        with load_checkpoint_errors(path, of=OF_THESE_SETTINGS):
            require_same_data(state, self.data)
            for name in self.checkpointed:
                part = getattr(self, name)
                part.load_state_dict(_at_current_learning_rates(part, state[name]))
            if "rng" in state:  # not in those of pairs that earlier versions made, which have a seed a step
                torch.set_rng_state(state["rng"])
            self.step = state["step"]
        return state

    def _resume(self, steps: int, report: Report) -> SummaryWriter | None:
        """Go on from the checkpoint, or clear what a run left that ended before its first. The first process writes."""
        config = self.config
        log, curves = config.out / "log.csv", config.out / "tensorboard"
        state = self.load(config.checkpoint) if config.checkpoint.exists() else {}
        if self.step > steps:
            raise ValueError(f"{config.checkpoint}: at step {self.step}, beyond the {steps} steps asked for")
        if not self.fabric.is_global_zero:
            return None
        if self.step:
            drop_rows_after(log, self.step)
            report("; ".join([f"resumed at step {self.step}", *describe_config_changes(config, state)]))
        else:
            log.unlink(missing_ok=True)
            shutil.rmtree(curves, ignore_errors=True)
        write_config(config)
        return SummaryWriter(curves, purge_step=self.step + 1)


def _at_current_learning_rates(part: Any, state: dict[str, Any]) -> dict[str, Any]:
    """Return the state as it is of a network; that of an optimizer with the learning rates that `part` has."""
    if isinstance(part, torch.optim.Optimizer):
        for group, now in zip(state["param_groups"], part.param_groups, strict=True):
            group["lr"] = now["lr"]
    return state
