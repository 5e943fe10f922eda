"""Draws how good students of one teacher become over what they cost: mean error and SSIM over GFLOP at 512x512.

    .venv/bin/python benchmarks/students.py --pairs datasets/toon_pairs --out runs/students --steps 4000
    .venv/bin/python benchmarks/students.py --list

Each shape of the U-Net learns from the same pairs, in as many steps, in the way of `train_paired`, and is measured on
the pairs that none of them sees. `students.csv` has the figures, and `students.svg` draws them. A shape that is in
`students.csv` is not trained again; one that was interrupted goes on from its last checkpoint.
"""

import csv
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from imaging.files import atomic_write, write_atomically
from inference.architectures.unet import UNetGenerator
from training.metrics.validation import measure_by_style
from training.recipes.paired import WEIGHTS, PairedConfig, load_pictures
from training.recipes.supervised import SupervisedTrainer, refuse_other_pictures
from training.report.curves import Curve, draw_curves
from training.trainer import launch

SIDE = 512  # pixels, of the picture that work is counted for
COUNTED = 64  # pixels: work is in proportion to their number
COLUMNS = ("shape", "gflop", "megabytes", "error", "ssim")


@dataclass(frozen=True)
class Shape:
    """Of a U-Net, as its arguments say."""

    widths: tuple[int, ...]
    blocks: tuple[int, ...]
    thin_width: int

    def build(self) -> nn.Module:
        return UNetGenerator(self.widths, self.blocks, thin_width=self.thin_width)

    def gflop(self) -> float:
        """Return the multiplications and additions of its convolutions at SIDE x SIDE, in 1e9."""
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            self.build()(torch.zeros(1, 3, COUNTED, COUNTED))
        return counter.get_total_flops() / 1e9 * (SIDE / COUNTED) ** 2

    def megabytes(self) -> float:
        """Return the size of its weights in half precision."""
        return sum(parameter.numel() for parameter in self.build().parameters()) * 2 / 1e6


SHAPES: Mapping[str, Shape] = {
    "light": Shape((16, 32, 48, 64), (1, 1, 1, 2), 8),
    "light-deep": Shape((16, 32, 64, 96), (1, 1, 2, 3), 8),
    "small": Shape((24, 48, 64, 96), (1, 1, 1, 3), 8),
    "medium": Shape((32, 48, 80, 96), (1, 1, 2, 3), 16),
    "quality": Shape((32, 64, 96, 96), (1, 2, 1, 3), 16),
    "wide": Shape((40, 80, 112, 128), (1, 2, 2, 3), 16),
    "widest": Shape((48, 96, 128, 128), (1, 2, 2, 3), 16),
}


@dataclass(frozen=True, kw_only=True)
class StudentConfig(PairedConfig):
    """The settings of a run of one shape; a plain loss, so that figures differ by the shape alone."""

    shape: str

    def build(self) -> nn.Module:
        return SHAPES[self.shape].build()


def read_figures(path: Path) -> dict[str, dict[str, str]]:
    """Return the rows of a table that `write_figures` wrote, by shape; none where there is no table."""
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        return {row["shape"]: row for row in csv.DictReader(file)}


def write_figures(path: Path, rows: Mapping[str, Mapping[str, str]]) -> None:
    """Write the figures of the shapes, those that cost least first."""
    with atomic_write(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(sorted(rows.values(), key=lambda row: float(row["gflop"])))


def draw_front(rows: Mapping[str, Mapping[str, str]]) -> str:
    """Return an SVG of two panels, in which GFLOP run from 0 to those of the largest shape."""
    ordered = sorted(rows.values(), key=lambda row: float(row["gflop"]))
    units = {"error": "1/255, over GFLOP", "ssim": "over GFLOP"}
    return draw_curves(
        [
            Curve(name, [(float(row["gflop"]), float(row[name])) for row in ordered], unit)
            for name, unit in units.items()
        ]
    )


def train_shape(name: str, options: Namespace) -> dict[str, str]:
    """Train one shape, or go on with it, and return its row."""
    config = StudentConfig(
        shape=name,
        pairs=[options.pairs],
        out=options.out / name,
        steps=options.steps,
        batch_size=options.batch_size,
        sizes=tuple(options.sizes),
        validation_size=SIDE,
        seed=options.seed,
        snapshots=0,
        weights=WEIGHTS | {"ssim": 1.0, "patch_distribution": 0.0},
    )
    config.check_environment()
    source, _roles = load_pictures(config, print)
    refuse_other_pictures(config.checkpoint, source.fingerprint)
    trainer = SupervisedTrainer(config, launch(config, resume=config.checkpoint.exists()), source)
    trainer.fit_source(print)
    average = trainer.average.to("cpu").eval()
    with torch.inference_mode():
        (figures,) = measure_by_style(lambda _: average, source.held_out, source.styles).values()
    shape = SHAPES[name]
    numbers = {"gflop": shape.gflop(), "megabytes": shape.megabytes(), **{key: figures[key] for key in COLUMNS[3:]}}
    return {"shape": name} | {key: f"{value:.4f}" for key, value in numbers.items()}


def main() -> None:
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=Path, help="a folder of pairs, as train_paired takes one")
    parser.add_argument("--out", type=Path, default=Path("runs/students"))
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--sizes", type=int, nargs="+", default=[352, 416], help="pixels of the long side")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--list", action="store_true", help="print what the shapes cost, and train none")
    options = parser.parse_args()
    if options.list:
        for name, shape in SHAPES.items():
            print(f"{name}: {shape.gflop():.1f} GFLOP, {shape.megabytes():.2f} MB, {shape}")
        return
    if options.pairs is None:
        parser.error("--pairs is needed")
    table = options.out / "students.csv"
    for name in options.shapes:
        if name not in (rows := read_figures(table)):
            rows[name] = train_shape(name, options)
            write_figures(table, rows)
            write_atomically(options.out / "students.svg", draw_front(rows))
            print(rows[name])


if __name__ == "__main__":
    main()
