"""The whole measurement: three races and the starts of a serving process."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.speed.contestants import Contestant, list_conversions, list_networks, list_our_conversions
from benchmarks.speed.goals import Goal, check_goals
from benchmarks.speed.material import add_photo, make_material
from benchmarks.speed.memory import max_allowed_mb, total_mb
from benchmarks.speed.processor import describe_limits, this_instruction_set
from benchmarks.speed.race import run_race
from benchmarks.speed.report import Race, summarize_race
from benchmarks.speed.start import Start, measure_starts
from inference.styles import Style, StyleRegistry


@dataclass(frozen=True)
class BenchmarkPlan:
    """Sizes are (height, width) in pixels. No contestant may have more than `limit_mb` MiB of address space."""

    small: tuple[int, int] = (512, 512)
    large: tuple[int, int] = (3000, 4000)
    turns: int = 7
    limit_mb: int = 12 * 1024


WHOLE_TITLE = "From a photo's file to the result's"
ALONE_TITLE = "The network alone"
QUICK_PLAN = BenchmarkPlan((64, 64), (96, 128), turns=1)


@dataclass(frozen=True)
class Measurement:
    about: list[str]
    races: list[Race]
    starts: dict[str, Start]
    goals: list[Goal]


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown processor")


def _about(plan: BenchmarkPlan, limit_mb: int) -> list[str]:
    machine = f"{len(os.sched_getaffinity(0))} cores of {_processor()}, {total_mb() / 1024:.0f} GB"
    hidden = f", with {limits} in the environment" if (limits := describe_limits()) else ""
    limit = f"no contestant may have more than {limit_mb / 1024:.1f} GB"
    return [
        f"{machine}; load of the last minute when this began: {os.getloadavg()[0]:.2f}",
        f"computes with {this_instruction_set()}{hidden}; the goals are those for it",
        f"turns of each, of which the median counts: {plan.turns}; {limit}",
    ]


def measure(default: Style, plan: BenchmarkPlan, tell: Callable[[str], None]) -> Measurement:
    """`default` is the style that stands for the compact network. `tell` hears what is under way."""
    limit_mb = max_allowed_mb(plan.limit_mb)
    about = _about(plan, limit_mb)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        material = make_material(Path(folder), default)
        styles = StyleRegistry(material.weights).all()
        for size in (plan.small, plan.large):
            add_photo(material, *size)

        def run(title: str, contestants: list[Contestant], size: tuple[int, int]) -> Race:
            title = f"{title}, {size[1]}x{size[0]} pixels"
            tell(f"{title}…")
            return summarize_race(title, contestants, run_race(contestants, (material, *size), plan.turns, limit_mb))

        # As `make run` does once: afterwards the networks lie on disk in the back end's own form.
        run_race(list_our_conversions(styles, *plan.small), (material, *plan.small), 0, limit_mb)
        small = run(WHOLE_TITLE, list_conversions(styles, *plan.small), plan.small)
        alone = run(ALONE_TITLE, list_networks(styles, *plan.small), plan.small)
        large = run(WHOLE_TITLE, list_conversions(styles, *plan.large), plan.large)
        tell("starts of a serving process…")
        started = measure_starts(material, default.id, plan.turns)
        return Measurement(
            about, [small, alone, large], started, check_goals(small, large, default.id, this_instruction_set())
        )
