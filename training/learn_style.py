"""From a published generator to a fast student of it: pairs, training, and whether it came near enough.

    package, rows = learn_style(config, print)

Each stage takes up what is in the run's folder: photos that were held out (`held_out.json`), pairs (`pairs/ID/`), the
run of `train_paired` (`training/`), the figures (`figures.json`). So the same command, given again, goes on.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from imaging.files import write_atomically
from imaging.json_files import read_json
from inference.backends import Session
from inference.engine import Engine
from inference.styles import Style, read_manifest
from training.config import read_config, to_json
from training.data.face_first import PictureConverter, make_face_finder
from training.data.make_pairs import describe_recipe, make_pairs
from training.data.photos import find_photos, hash_photos, is_similar_hash, load_photo, split_photos
from training.data.style_teachers import describe_teacher, make_teacher
from training.metrics.evaluation import Columns, Converter, Evaluation, EvaluationTools, format_figures
from training.metrics.eyes import FaceLandmarkNetwork
from training.metrics.gate import Gate, GateRow, format_gate
from training.recipes import paired
from training.recipes.paired import PairedConfig
from training.report.sheets import draw_sheet, save_sheet
from training.style_package import StyleTexts, make_style_id

Report = Callable[[str], None]
# What the shipped students of published generators learned by: pairs fit to the pixel, so lines count from the start.
WEIGHTS = dict.fromkeys(paired.WEIGHTS, 0.0) | {"l1": 1.0, "gradient": 1.0, "ssim": 2.0}
VALIDATION_PAIRS = 16  # of the pairs, that the run measures itself by on the way
SHEET_ROWS = 8


@dataclass(frozen=True, kw_only=True)
class LearnStyleConfig:
    """What is learned, from which photos, and how. Sizes are pixels; `weights_dir` may hold YuNet's file."""

    id: str
    teacher: Style
    photos: list[Path]
    out: Path
    weights_dir: Path
    face_style: Style | None = None
    long_sides: tuple[int, ...] = (720, 480)
    held_out: int = 20
    network: str = "unet"
    start: Path | None = None
    steps: int = 20_000
    batch_size: int = 6
    crop: int = 384
    learning_rate: float = 1e-3
    checkpoint_interval: int = 500
    working_size: int = 0  # that the site converts at; 0: the largest of `long_sides`
    seed: int = 1
    device: str = "cpu"
    gate: Gate = field(default_factory=Gate)
    landmarks: Path | None = None  # MediaPipe's file; without it eyes are not measured
    texts: StyleTexts = field(default_factory=StyleTexts)

    def __post_init__(self) -> None:
        """Raise ValueError for what would fail only later."""
        if make_style_id(self.id) != self.id:
            raise ValueError(f"{self.id!r} is no id: small letters, digits and underscores, a letter first")
        if self.held_out < 1:
            raise ValueError(f"held_out must be 1 or more, not {self.held_out}")
        if self.crop < 32:
            raise ValueError(f"crop must be 32 or more, not {self.crop}")
        self.training_config(VALIDATION_PAIRS)

    @property
    def pairs(self) -> Path:
        return self.out / "pairs" / self.id

    def training_config(self, pairs: int) -> PairedConfig:
        """Return the settings of the run on so many pairs."""
        return PairedConfig(
            pairs=[self.pairs],
            out=self.out / "training",
            network=self.network,
            start=self.start,
            crop=self.crop,
            batch_size=self.batch_size,
            steps=self.steps,
            learning_rate=self.learning_rate,
            learning_rate_falls_from=0.6,
            ema=0.998,
            held_out=min(0.15, VALIDATION_PAIRS / max(1, pairs)),
            validation_size=max(self.long_sides),
            working_size=self.working_size,
            checkpoint_interval=self.checkpoint_interval,
            snapshots=0,
            scale_weights=(1.0,),
            lines_from=0.0,
            weights=WEIGHTS,
            seed=self.seed,
            device=self.device,
            texts=self.texts,
        )


def learn_style(config: LearnStyleConfig, engine: Engine, exact_engine: Engine, report: Report) -> "LearnedStyle":
    """Run all stages, or those that are missing. Raise ValueError, naming the folder, where it holds another run.

    `engine` makes the pairs; `exact_engine`, in single precision, what the student is measured by.
    """
    landmarks = FaceLandmarkNetwork(config.landmarks) if config.landmarks else None  # before hours of work
    config.training_config(VALIDATION_PAIRS).check_environment()
    training, held_out = split(config, report)
    report(f"{len(training)} photos to learn from, {len(held_out)} held out")
    recipe = describe_recipe(
        describe_teacher(config.teacher, config.face_style, config.weights_dir), config.long_sides, lossless=True
    )
    teach, teach_exactly = (
        make_teacher(one, config.teacher, config.face_style, config.weights_dir) for one in (engine, exact_engine)
    )
    pairs = make_pairs(training, config.pairs, teach, recipe, unlike=held_out, report=report)
    report(f"{config.pairs}: {pairs} pairs")
    package = _train(config.training_config(pairs), report)
    figures = _measure(config, package, held_out, teach_exactly, exact_engine.load_session, landmarks, recipe, report)
    learned = LearnedStyle(package, figures, config.gate.check(figures))
    _add_to_card(learned, config.id)
    return learned


@dataclass(frozen=True)
class LearnedStyle:
    """The package of a student, its figures on what was held out, and which of them it meets."""

    package: Path
    figures: Columns
    rows: list[GateRow]

    @property
    def missed(self) -> list[str]:
        """Return the names of the figures that it misses."""
        return [row.name for row in self.rows if row.is_met is False]


def split(config: LearnStyleConfig, report: Report) -> tuple[list[Path], list[Path]]:
    """Return (training, held out). What was held out once stays so, whatever photos are added.

    Raise ValueError for too few.
    """
    note = config.out / "held_out.json"
    photos = find_photos(config.photos, report)
    if note.exists():
        keys = set(read_json(note))
        held_out = [path for path in photos if sha256(path.read_bytes()).hexdigest() in keys]
        apart = list(hash_photos(held_out, report).values())
        hashes = hash_photos(photos, report)
        training = [path for path, value in hashes.items() if not is_similar_hash(value, apart)]
    else:
        training, held_out = split_photos(photos, [], held_out=config.held_out, report=report)
    if not training or not held_out:
        raise ValueError(f"too few photos: {len(training)} to learn from and {len(held_out)} held out")
    config.out.mkdir(parents=True, exist_ok=True)
    if not note.exists():
        write_atomically(note, json.dumps([sha256(path.read_bytes()).hexdigest() for path in held_out], indent=1))
    return training, held_out


def _train(config: PairedConfig, report: Report) -> Path:
    """Return the package of a run that has ended, now or before with the same settings."""
    (style,) = config.styles
    package = config.out / "package" / style
    before = read_config(config.out) if config.out.exists() else None
    if before == {"command": config.command} | to_json(config) and (package / "manifest.json").exists():
        report(f"{package}: trained already")
        return package
    (package / "manifest.json").unlink(missing_ok=True)  # of a run that goes on: what ends it comes last
    return paired.train(config, resume=config.checkpoint.exists(), report=report)[0]


def _measure(
    config: LearnStyleConfig,
    package: Path,
    held_out: Sequence[Path],
    teach: PictureConverter,
    session_of: Callable[[Style], Session],
    landmarks: FaceLandmarkNetwork | None,
    recipe: dict[str, Any],
    report: Report,
) -> Columns:
    """Return the figures of the student on the photos held out, measured now or before."""
    style = read_manifest(package / "manifest.json")[config.id]
    # What another student, teacher or set of photos would have other figures for.
    of = {"student": style.sha256, "eyes": landmarks is not None, "photos": len(held_out), "recipe": recipe}
    file = config.out / "figures.json"
    before = read_json(file) if file.exists() else {}
    if before.get("of") == of:
        figures: Columns = before["figures"]
    else:
        tools = EvaluationTools(landmarks=landmarks, find_faces=make_face_finder(config.weights_dir))
        evaluation = Evaluation(tools)
        convert = Converter(session_of(style), style)
        for path in held_out:
            photo = load_photo(path, max(config.long_sides))
            evaluation.add(photo, convert(photo), teach(photo))
        figures = evaluation.figures()
        save_sheet(draw_sheet(evaluation.rows[:SHEET_ROWS]), config.out / "sheet.jpg")
        write_atomically(file, json.dumps({"of": of, "faces": evaluation.faces, "figures": figures}, indent=2) + "\n")
    report(format_figures(figures))
    return figures


def _add_to_card(learned: LearnedStyle, style_id: str) -> None:
    """Write into the package's card how near the student came."""
    card = learned.package / f"{style_id}.md"
    text = card.read_text("utf-8").partition("**Figures")[0].rstrip()
    write_atomically(
        card,
        f"{text}\n\n**Figures** on photos held out, beside its teacher.\n\n```\n{format_gate(learned.rows)}\n```\n",
    )
