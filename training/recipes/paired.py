"""Paired training: small generators learn styles from photos and their results, whose generator nobody needs to have.

    start = Path("weights/comic.safetensors")
    train_paired(PairedSettings(pairs=[Path("pairs/hayao")], start=start, out=Path("runs/hayao")))

Several folders are several styles, which one network learns together: what it knows of pictures it learns from all.
Whole pictures are learnt from, not crops, since a result depends on all of its photo. Pairs on disk as a `Source`;
how they are learnt from is in `supervised`.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
from torch import nn

from imaging.files import atomic_write
from inference.architectures import ARCHITECTURES, build_network
from inference.architectures.compact import MULTIPLE, CompactGenerator
from inference.architectures.styled import StyledNetwork
from inference.checkpoints import read_state_dict
from training.checkpoints import begin_with, brief, refuse_to_begin_again
from training.data.pair_files import (
    HELD_OUT,
    Report,
    Role,
    find_pairs,
    load_aligned,
    read_split,
    split_pairs,
    write_split,
)
from training.data.pairs import Pair, Sample, no_hints, to_tensor
from training.metrics.validation import MEASURES, Converter, figures_by_style
from training.recipes.supervised import SupervisedSettings, of_style, refuse_other_pictures, train
from training.report.sheets import write_sheet
from training.style_package import StyleTexts, style_id, write_package

NOT_IN_A_PACKAGE = ("pairs", "start", "texts", "network", "widths", "held_out", "split", "lpips")  # of the settings
STEP = 32  # sides are multiples of it, so that there are few shapes, each of which takes a while to prepare for


@dataclass(frozen=True, kw_only=True)
class PairedSettings(SupervisedSettings):
    """What a run is made from. Sizes are pixels of the long side; `held_out` and `zoom` are shares."""

    pairs: list[Path]  # folders, each a style and named so
    sizes: tuple[int, ...] = (352, 448, 544)
    zoom: float = 0.8  # a step sees at least this much of a picture's sides
    validation_size: int = 512
    held_out: float = 0.15
    split: Path | None = None  # another run's split.csv: what was held out there is here, in place of a share
    # The least contrast that photos are given, their targets left alone: generators like AnimeGANv2's, which begin with
    # a convolution without bias and a norm, give the same result for all contrasts. 1: as they are.
    contrast: float = 1.0
    dropout: float = 0.5  # of the context: few pictures are told apart by their means alone, and learnt by heart
    network: str = "compact_fine_context"
    widths: dict[str, int] = field(default_factory=dict)  # others than the network's own
    texts: StyleTexts = field(default_factory=StyleTexts)
    steps: int = 30_000
    batch: int = 4
    learning_rate: float = 4e-4
    # Pairs fit to a pixel or so: fine scales count less, and lines are learnt by their patches, wherever they are.
    scale_weights: tuple[float, ...] = (0.1, 0.5, 1.0, 1.0)
    gradient_weight: float = 0.1
    ssim_weight: float = 0.0
    patch_weight: float = 10.0
    lines_from: float = 0.2
    adversarial_weight: float = 0.0
    feature_weight: float = 0.0
    adversarial_from: float = 0.4
    snapshots: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(set(self.styles)) < len(self.pairs):
            raise ValueError(f"two folders of one name: {', '.join(self.styles)}")
        for name in ("held_out", "zoom", "contrast"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name} must be above 0, and 1 at most, not {getattr(self, name)}")
        if not self.sizes or min(self.sizes) < 2 * STEP or self.validation_size < 2 * STEP:
            raise ValueError(f"sizes must be {2 * STEP} or more, not {self.sizes} and {self.validation_size}")

    @property
    def styles(self) -> tuple[str, ...]:
        return tuple(style_id(folder.name) for folder in self.pairs)

    def build(self) -> nn.Module:
        """With the weights of `start`, if they are given, wherever they have a place. Raises BadWeights, ValueError."""
        network = build_network(self.network, **self.widths, dropout=self.dropout)
        if self.start:
            local = CompactGenerator(**{**ARCHITECTURES[self.network].arguments, **self.widths})
            begin_with(network, self.start, local)
        return network if len(self.styles) == 1 else StyledNetwork(network, len(self.styles))


@dataclass(frozen=True)
class WholePictures:
    """Pairs as a source for training: a step sees `batch` of them, each whole but for a margin, mirrored or not."""

    pairs: Sequence[Pair]
    held_out: Sequence[Pair]
    styles: Sequence[str]
    sizes: Sequence[int]
    zoom: float
    batch: int
    fingerprint: str
    contrast: float = 1.0
    hints = staticmethod(no_hints)  # nobody needs to have the generator that made the results

    def samples(self, rng: np.random.Generator) -> list[Sample]:
        return [self._sample(rng) for _ in range(self.batch)]

    def _sample(self, rng: np.random.Generator) -> Sample:
        # A style of four times the pairs is seen twice as often, each of its pairs half as often.
        own = [[pair for pair in self.pairs if pair.style == number] for number in range(len(self.styles))]
        chances = np.sqrt([len(pairs) for pairs in own])
        pairs = own[rng.choice(len(own), p=chances / chances.sum())]
        pair = pairs[rng.integers(len(pairs))]
        height, width = pair.photo.shape[:2]
        share = rng.uniform(self.zoom, 1)
        tall, wide = round(height * share), round(width * share)
        top, left = rng.integers(height - tall + 1), rng.integers(width - wide + 1)
        scale = min(1.0, rng.choice(self.sizes) / max(tall, wide))
        size = [max(STEP, round(side * scale / STEP) * STEP) for side in (wide, tall)]
        flip = -1 if rng.random() < 0.5 else 1

        def cut(picture: np.ndarray) -> np.ndarray:
            window = picture[top : top + tall, left : left + wide]
            return cv2.resize(window, size, interpolation=cv2.INTER_AREA)[:, ::flip]

        photo = to_tensor([cut(pair.photo)]) * rng.uniform(self.contrast, 1)
        return Sample(photo, to_tensor([cut(pair.target)]), pair.style)


def load_pictures(settings: PairedSettings, report: Report) -> tuple[WholePictures, list[Role]]:
    """The pairs, aligned and split, and which has which role. Raises ValueError for too few."""
    s = settings
    pairs: dict[str, list[Pair]] = {"learnt from": [], HELD_OUT: []}
    digest = sha256()
    roles: list[Role] = []
    chosen = read_split(s.split) if s.split else ()
    for role, files in zip(pairs, split_pairs(find_pairs(s.pairs, report), s.held_out, chosen), strict=True):
        for file in files:
            side = s.validation_size if role == HELD_OUT else round(max(s.sizes) / s.zoom)
            try:
                photo, target, alignment = load_aligned(file, side)
            except (OSError, ValueError) as error:
                report(f"{error}; skipped")
                continue
            pairs[role].append(Pair(photo, target, file.style))
            roles.append((file, role, alignment))
            digest.update(f"{role} {file.key}".encode())
    for number, style in enumerate(s.styles):
        counts = [sum(pair.style == number for pair in of) for of in pairs.values()]
        report(f"{style}: {counts[0]} pairs to learn from, {counts[1]} held out")
        if not all(counts):
            raise ValueError(f"{style}: too few pairs: {counts[0]} to learn from and {counts[1]} held out")
    training, held_out = pairs.values()
    pictures = WholePictures(training, held_out, s.styles, s.sizes, s.zoom, s.batch, digest.hexdigest(), s.contrast)
    return pictures, roles


def figures_of(converters: dict[str, Callable[[int], Converter]], pictures: WholePictures) -> list[list[str]]:
    """How near each of the converters comes to the targets held out: rows of style, name and `MEASURES`."""
    rows = []
    for of, converter_of in converters.items():
        for style, figures in figures_by_style(converter_of, pictures.held_out, pictures.styles).items():
            rows.append([style, of, *(f"{figures[name]:.4f}" for name in MEASURES)])
    return rows


def write_figures(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """As CSV, style by style."""
    with atomic_write(path) as part, part.open("w", newline="") as file:
        csv.writer(file).writerows([["style", "of", *MEASURES], *sorted(rows, key=lambda row: row[0])])


def train_paired(
    settings: PairedSettings, *, resume: bool = False, snapshot: Path | None = None, report: Report = print
) -> list[Path]:
    """Run to the end and return the folders of the style packages. With `resume`, go on from the last checkpoint.

    With `snapshot`, one of the run's own, nothing is learnt: that is measured and packed.
    """
    s, figures = settings, settings.out / "figures.csv"
    refuse_to_begin_again(s.checkpoint, resume=resume or snapshot is not None)
    pictures, roles = load_pictures(s, report)
    refuse_other_pictures(s.checkpoint, pictures.fingerprint)
    converters: dict[str, Callable[[int], Converter]] = {"photo": lambda _: lambda photo: photo}
    if s.start:
        start = s.build().eval()
        converters[s.start.stem] = lambda number: of_style(start, number)
    rows = figures_of(converters, pictures)
    report("\n".join("  ".join(row) for row in rows))
    s.out.mkdir(parents=True, exist_ok=True)
    write_split(s.out / "split.csv", roles)
    if not s.checkpoint.exists():
        write_figures(figures, rows)
    average = _read(s, snapshot) if snapshot else train(s, pictures, resume=resume, report=report).average
    average = average.to("cpu")  # figures do not depend on where it was learnt
    own = figures_of({"ours": lambda number: of_style(average, number)}, pictures)
    report("\n".join("  ".join(row) for row in own))
    write_figures(figures, rows + own)
    return [_write_package(average, s, pictures, number) for number in range(len(s.styles))]


def _read(settings: PairedSettings, snapshot: Path) -> nn.Module:
    network = settings.build().eval()
    state = {name: tensor.float() for name, tensor in read_state_dict(snapshot).items()}
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise ValueError(f"{snapshot}: not of a run with these settings ({brief(error)})") from error
    return network


def _write_package(average: nn.Module, settings: PairedSettings, pictures: WholePictures, number: int) -> Path:
    s, style = settings, settings.styles[number]
    network = average.single(number) if isinstance(average, StyledNetwork) else average
    own, held_out = ([pair for pair in of if pair.style == number] for of in (pictures.pairs, pictures.held_out))
    sheet = s.out / f"sheet_{style}.jpg"
    write_sheet(lambda _: network, held_out[:8], sheet)
    facts = {"pairs": len(own), "held out": len(held_out), "styles learnt together": ", ".join(s.styles)}
    told = s.described()
    kept = {name: told[name] for name in told if name not in NOT_IN_A_PACKAGE}
    return write_package(
        s.out / "package" / style,
        network,
        s.network,
        texts=s.texts,
        facts=facts | kept,
        sheet=sheet,
        working_size=s.validation_size // MULTIPLE * MULTIPLE,
        name=style,
    )
