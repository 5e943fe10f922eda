"""Writes the report of a run into a folder, whole or not at all: report.json, curves.svg, strips of sample photos."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.utils import translation

from imaging.samples import sample_file
from training.checkpoints import read_checkpoint
from training.losses import LABELS
from training.report import curves
from training.report.records import build_curves, read_log, read_rows, total_seconds
from training.report.stages import Stage, load_stages
from training.report.strips import CELL_PX, GAP_PX, choose_stages, crop_square_photo, draw_strip
from training.run_settings import read_settings

Title = str | dict[str, str]


@dataclass(frozen=True)
class RecordedRun:
    """What a run's folder holds."""

    folder: Path
    log: list[dict[str, float]]
    figures: list[dict[str, str]]
    checkpoint: dict[str, Any]
    command: str  # that made it
    settings: dict[str, Any]  # as far as they are known, by field

    @property
    def last_step(self) -> int:
        return int(self.log[-1]["step"])


def read_run(folder: Path) -> RecordedRun:
    """Return what the folder holds. Raise ValueError where that is no folder of a run, or nothing has been logged."""
    log, checkpoint = read_log(folder), folder / "checkpoint.pt"
    state = read_checkpoint(checkpoint) if checkpoint.exists() else {}
    command, settings = read_settings(folder, state, set(log[0]))
    return RecordedRun(folder, log, read_rows(folder / "figures.csv"), state, command, settings)


def _write_strips(out: Path, stages: Sequence[Stage], photos: Sequence[str]) -> list[dict[str, Any]]:
    strips = []
    for photo in photos:
        pixels = crop_square_photo(sample_file(photo))
        for style in stages[0].networks:
            name = f"{photo}_{style}.webp"
            (out / name).write_bytes(draw_strip(pixels, stages, style))
            steps = [stage.step for stage in stages]
            width = (len(steps) + 1) * (CELL_PX + GAP_PX) - GAP_PX
            facts = {"file": name, "photo": photo, "style": style, "steps": steps, "width": width, "height": CELL_PX}
            strips.append(facts)
    return strips


def _facts(run: RecordedRun, title: Title, command: str) -> dict[str, Any]:
    ended = datetime.fromtimestamp((run.folder / "log.csv").stat().st_mtime, tz=UTC)
    drawn = build_curves(run.log, run.figures)
    with translation.override("en"):  # the page translates them; it need not load the losses, and with them torch
        labels = {column: str(label) for column, label in LABELS.items()}
    return {
        "title": title,
        "date": f"{ended:%Y-%m-%d}",
        "command": command,
        "steps": run.last_step,
        "seconds": total_seconds(run.log),
        "curves": [
            {
                "name": curve.name,
                "label": labels.get(curve.name, ""),
                "last": curve.last,
                "unit": curve.unit,
                "has_reference": curve.reference is not None,
            }
            for curve in drawn
        ],
        "figures": [
            {"style": row["style"], "of": row["of"]} | {name: float(row[name]) for name in ("error", "ssim", "gabor")}
            for row in run.figures
        ],
    }


def _replace(folder: Path, by: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    by.rename(folder)


def write_report(
    run: RecordedRun, out: Path, *, title: Title, command: str, photos: Sequence[str], columns: int = 5
) -> Path:
    """The folder `out`, in place of an earlier report there; `columns` stages at most are shown.

    `title` is one for all languages, or by language with "en" among them.

    Raise ValueError or BadWeights for a run that cannot be shown, and ValueError where `out` is anything else.
    """
    if out.exists() and not (out / "report.json").is_file():
        raise ValueError(f"{out}: is there already, and no report")
    stages = choose_stages(load_stages(run.folder, run.checkpoint, run.last_step, run.command, run.settings), columns)
    facts = _facts(run, title, command)
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        (part / "curves.svg").write_text(curves.draw_curves(build_curves(run.log, run.figures)), encoding="utf-8")
        facts["strips"] = _write_strips(part, stages, photos)
        text = json.dumps(facts, ensure_ascii=False, indent=1)
        (part / "report.json").write_text(f"{text}\n", encoding="utf-8")
        _replace(out, part)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return out
