"""Paired training: small generators learn styles from photos and their results, whose generator nobody needs to have.

    start = Path("weights/comic.safetensors")
    train(PairedConfig(pairs=[Path("pairs/hayao")], start=start, out=Path("runs/hayao")))

Several folders are several styles, which one network learns together: what it knows of pictures it learns from all.
Few pairs are learned from as whole pictures, since a result depends on all of its photo; thousands that a generator
made in random crops at their own size (`crop`), as they fit to the pixel and resizing would blur their lines. Pairs on
disk as a `PairSource`; how they are learned from is in `supervised`.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

from torch import nn

from imaging.files import atomic_write
from inference.architectures import ARCHITECTURES, ArchitectureSpec
from inference.architectures.compact import CompactGenerator
from inference.architectures.styled import StyledNetwork
from inference.checkpoints import read_state_dict
from training.checkpoints import OF_THESE_SETTINGS, load_initial_weights, refuse_existing_run, summarize_error
from training.data.pair_files import (
    HELD_OUT,
    LEARNED_FROM,
    SIDE_MULTIPLE,
    PairRole,
    Report,
    WholePictureSource,
    cut_to_multiple,
    find_pairs,
    load_aligned,
    read_split,
    split_pairs,
    write_split,
)
from training.data.pairs import CropSource, Pair
from training.data.picture_file import PictureFile
from training.metrics.validation import MEASURES, Converter, measure_by_style
from training.recipes.supervised import (
    WEIGHTS as SUPERVISED_WEIGHTS,
)
from training.recipes.supervised import (
    SupervisedConfig,
    SupervisedTrainer,
    refuse_other_pictures,
    select_style,
)
from training.report.sheets import draw_pairs, save_sheet
from training.style_package import StyleTexts, make_style_id, write_package
from training.trainer import launch

CONTEXT_CLASS = "CompactContextGenerator"
NETWORK_CLASSES = (CONTEXT_CLASS, "UNetGenerator")  # those that are trained here
NOT_IN_PACKAGE = ("pairs", "start", "network", "widths", "held_out", "split", "lpips", *vars(StyleTexts()))
WEIGHTS = SUPERVISED_WEIGHTS | {"gradient": 0.1, "ssim": 0.0, "patch_distribution": 10.0, "adversarial": 0.0}


@dataclass(frozen=True, kw_only=True)
class PairedConfig(SupervisedConfig):
    """The settings of a run. Sizes are pixels of the long side; `held_out` and `zoom` are shares."""

    command: ClassVar[str] = "train_paired"
    pairs: list[Path]  # folders, each a style and named so
    sizes: tuple[int, ...] = (352, 448, 544)
    zoom: float = 0.8  # a step sees at least this much of a picture's sides
    validation_size: int = 512
    held_out: float = 0.15
    split: Path | None = None  # another run's split.csv: what was held out there is here, in place of a share
    # The least contrast that photos are given, their targets left alone: generators like AnimeGANv2's, which begin with
    # a convolution without bias and a norm, give the same result for all contrasts. 1: as they are.
    contrast: float = 1.0
    crop: int = 0  # pixels of random crops at the pairs' own size; 0: whole pictures at `sizes`
    styles_per_step: int = 1  # of several, that a step sees crops of
    # Of the context: few pictures are told apart by their means alone, and learned by heart. A U-Net has none.
    dropout: float = 0.5
    network: str = "compact_fine_context"
    widths: dict[str, Any] = field(default_factory=dict)  # others than the network's own
    working_size: int = 0  # that the site converts at; 0: `validation_size`
    texts: StyleTexts = field(default_factory=StyleTexts)
    steps: int = 30_000
    batch_size: int = 4
    learning_rate: float = 4e-4
    # Pairs fit to a pixel or so: fine scales count less, and lines are learned by their patches, wherever they are.
    scale_weights: tuple[float, ...] = (0.1, 0.5, 1.0, 1.0)
    weights: Mapping[str, float] = field(default_factory=lambda: WEIGHTS)
    lines_from: float = 0.2
    adversarial_from: float = 0.4
    snapshots: int = 10

    def __post_init__(self) -> None:
        """Raise ValueError for what would fail only later."""
        super().__post_init__()
        if len(set(self.styles)) < len(self.pairs):
            raise ValueError(f"two folders of one name: {', '.join(self.styles)}")
        for name in ("held_out", "zoom", "contrast"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name} must be above 0, and 1 at most, not {getattr(self, name)}")
        if not self.sizes or min(self.sizes) < 2 * SIDE_MULTIPLE or self.validation_size < 2 * SIDE_MULTIPLE:
            raise ValueError(f"sizes must be {2 * SIDE_MULTIPLE} or more, not {self.sizes} and {self.validation_size}")
        if self.crop % SIDE_MULTIPLE or self.crop < 0:
            raise ValueError(f"crop must be a multiple of {SIDE_MULTIPLE}, or 0 for whole pictures, not {self.crop}")
        is_possible = 1 <= self.styles_per_step <= len(self.pairs) and self.batch_size % self.styles_per_step == 0
        if self.crop and not is_possible:
            raise ValueError(
                f"styles_per_step must be 1 to the number of styles, {len(self.pairs)}, and divide batch_size, "
                f"{self.batch_size}; it is {self.styles_per_step}"
            )

    @property
    def styles(self) -> tuple[str, ...]:
        return tuple(make_style_id(folder.name) for folder in self.pairs)

    @property
    def architecture(self) -> ArchitectureSpec:
        return ARCHITECTURES[self.network]

    def build(self) -> nn.Module:
        """Return it with the weights of `start`, if any, wherever they have a place. Raise BadWeights, ValueError."""
        has_context = self.architecture.class_name == CONTEXT_CLASS
        network = self.architecture.build(**self.widths, **({"dropout": self.dropout} if has_context else {}))
        if self.start:
            arguments: dict[str, Any] = {**self.architecture.arguments, **self.widths}
            load_initial_weights(network, self.start, CompactGenerator(**arguments) if has_context else network)
        return network if len(self.styles) == 1 else StyledNetwork(network, len(self.styles))


def load_pictures(settings: PairedConfig, report: Report) -> tuple[CropSource | WholePictureSource, list[PairRole]]:
    """Return the pairs, aligned and split, and which has which role. Raise ValueError for too few."""
    s = settings
    pictures, digest = PictureFile(s.out), sha256()
    roles: list[PairRole] = []
    chosen = read_split(s.split) if s.split else ()
    for role, files in zip(
        (LEARNED_FROM, HELD_OUT), split_pairs(find_pairs(s.pairs, report), s.held_out, chosen), strict=True
    ):
        side = None if s.crop else s.validation_size if role == HELD_OUT else round(max(s.sizes) / s.zoom)
        for file in files:
            try:
                *both, alignment = load_aligned(file, side)
            except (OSError, ValueError) as error:
                report(f"{error}; skipped")
                continue
            if role == HELD_OUT:  # measured whole, by a network that takes no other sides
                both = [cut_to_multiple(picture, s.architecture.multiple) for picture in both]
            pictures.add(both)
            roles.append((file, role, alignment))
            digest.update(f"{role} {file.key}".encode())
    mapped = iter(pictures.read_all())
    pairs: dict[str, list[Pair]] = {LEARNED_FROM: [], HELD_OUT: []}
    for file, role, _ in roles:
        pairs[role].append(Pair(next(mapped), next(mapped), file.style))
    for number, style in enumerate(s.styles):
        counts = [sum(pair.style == number for pair in of) for of in pairs.values()]
        report(f"{style}: {counts[0]} pairs to learn from, {counts[1]} held out")
        if not all(counts):
            raise ValueError(f"{style}: too few pairs: {counts[0]} to learn from and {counts[1]} held out")
    return _make_source(s, pairs[LEARNED_FROM], pairs[HELD_OUT], digest.hexdigest()), roles


def _make_source(
    s: PairedConfig, training: list[Pair], held_out: list[Pair], fingerprint: str
) -> CropSource | WholePictureSource:
    if s.crop:
        return CropSource(
            training, held_out, s.crop, s.batch_size, fingerprint, s.styles, styles_per_step=s.styles_per_step
        )
    return WholePictureSource(training, held_out, s.styles, s.sizes, s.zoom, s.batch_size, fingerprint, s.contrast)


def measure_converters(
    converters: dict[str, Callable[[int], Converter]], source: CropSource | WholePictureSource
) -> list[list[str]]:
    """Return how near each converter comes to the targets held out: rows of style, name and `MEASURES`."""
    rows = []
    for of, converter_of in converters.items():
        for style, figures in measure_by_style(converter_of, source.held_out, source.styles).items():
            rows.append([style, of, *(f"{figures[name]:.4f}" for name in MEASURES)])
    return rows


def write_figures(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """Write them as CSV, style by style."""
    with atomic_write(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["style", "of", *MEASURES], *sorted(rows, key=lambda row: row[0])])


def train(
    config: PairedConfig, *, resume: bool = False, snapshot: Path | None = None, report: Report = print
) -> list[Path]:
    """Run to the end and return the folders of the style packages. With `resume`, go on from the last checkpoint.

    With `snapshot`, one of the run's own, nothing is learned: that is measured and packed.
    """
    config.check_environment()
    is_continued = resume or snapshot is not None
    refuse_existing_run(config.checkpoint, resume=is_continued)  # before the pictures are loaded, which takes minutes
    source, roles = load_pictures(config, report)
    refuse_other_pictures(config.checkpoint, source.fingerprint)
    converters: dict[str, Callable[[int], Converter]] = {"photo": lambda _: lambda photo: photo}
    if config.start:
        start = config.build().eval()
        converters[config.start.stem] = lambda number: select_style(start, number)
    rows = measure_converters(converters, source)
    report("\n".join("  ".join(row) for row in rows))
    fabric = launch(config, resume=is_continued)
    write_split(config.out / "split.csv", roles)
    figures = config.out / "figures.csv"
    if not config.checkpoint.exists():
        write_figures(figures, rows)
    if snapshot:
        average = load_snapshot(config, snapshot)
    else:
        trainer = SupervisedTrainer(config, fabric, source)
        trainer.fit_source(report)
        average = trainer.average.to("cpu")  # figures do not depend on where it was learned
    result_rows = measure_converters({"ours": lambda number: select_style(average, number)}, source)
    report("\n".join("  ".join(row) for row in result_rows))
    write_figures(figures, rows + result_rows)
    return [write_style_package(average, config, source, number) for number in range(len(config.styles))]


def load_snapshot(config: PairedConfig, snapshot: Path) -> nn.Module:
    """Return the average that a run wrote. Raise ValueError, naming the file, for that of a run with other settings."""
    network = config.build().eval()
    state = {name: tensor.float() for name, tensor in read_state_dict(snapshot).items()}
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise ValueError(f"{snapshot}: not{OF_THESE_SETTINGS} ({summarize_error(error)})") from error
    return network


def write_style_package(
    average: nn.Module, config: PairedConfig, source: CropSource | WholePictureSource, number: int
) -> Path:
    """Write the package of one of the styles, and return its folder."""
    style, multiple = config.styles[number], config.architecture.multiple
    network = average.to_single_style(number) if isinstance(average, StyledNetwork) else average
    pairs, held_out = ([pair for pair in of if pair.style == number] for of in (source.pairs, source.held_out))
    sheet = config.out / f"sheet_{style}.jpg"
    save_sheet(draw_pairs(lambda _: network, held_out[:8]), sheet)
    facts = {"pairs": len(pairs), "held out": len(held_out), "styles learned together": ", ".join(config.styles)}
    facts |= {name: value for name, value in config.flatten().items() if name not in NOT_IN_PACKAGE}
    return write_package(
        config.out / "package" / style,
        network,
        config.network,
        texts=config.texts,
        facts=facts,
        sheet=sheet,
        working_size=(config.working_size or config.validation_size) // multiple * multiple,
        name=style,
    )
