"""The whole measurement: three races and the starts of a serving process."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.speed.contestants import Contestant, networks_alone, ours_whole, whole_way
from benchmarks.speed.goals import Goal, goals
from benchmarks.speed.material import add_photo, make
from benchmarks.speed.memory import allowed_mb, total_mb
from benchmarks.speed.race import race
from benchmarks.speed.report import Race, summary
from benchmarks.speed.start import Start, starts
from inference.styles import Style, StyleRegistry


@dataclass(frozen=True)
class Plan:
    """Sizes are (height, width) in pixels. No contestant may have more than `limit_mb` MiB of address space."""

    small: tuple[int, int] = (512, 512)
    large: tuple[int, int] = (3000, 4000)
    turns: int = 7
    limit_mb: int = 12 * 1024


WHOLE = "From a photo's file to the result's"
ALONE = "The network alone"
QUICK = Plan((64, 64), (96, 128), turns=1)


@dataclass(frozen=True)
class Measurement:
    about: list[str]
    races: list[Race]
    starts: dict[str, Start]
    goals: list[Goal]


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown processor")


def _about(plan: Plan, limit_mb: int) -> list[str]:
    machine = f"{len(os.sched_getaffinity(0))} cores of {_processor()}, {total_mb() / 1024:.0f} GB"
    limit = f"no contestant may have more than {limit_mb / 1024:.1f} GB"
    return [
        f"{machine}; load of the last minute when this began: {os.getloadavg()[0]:.2f}",
        f"turns of each, of which the median counts: {plan.turns}; {limit}",
    ]


def measure(default: Style, plan: Plan, tell: Callable[[str], None]) -> Measurement:
    """`default` is the style that stands for the compact network. `tell` hears what is under way."""
    limit_mb = allowed_mb(plan.limit_mb)
    about = _about(plan, limit_mb)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        material = make(Path(folder), default)
        styles = StyleRegistry(material.weights).all()
        for size in (plan.small, plan.large):
            add_photo(material, *size)

        def run(title: str, contestants: list[Contestant], size: tuple[int, int]) -> Race:
            title = f"{title}, {size[1]}x{size[0]} pixels"
            tell(f"{title}…")
            return summary(title, contestants, race(contestants, (material, *size), plan.turns, limit_mb))

        # As `make run` does once: afterwards the networks lie on disk in the back end's own form.
        race(ours_whole(styles, *plan.small), (material, *plan.small), 0, limit_mb)
        small = run(WHOLE, whole_way(styles, *plan.small), plan.small)
        alone = run(ALONE, networks_alone(styles, *plan.small), plan.small)
        large = run(WHOLE, whole_way(styles, *plan.large), plan.large)
        tell("starts of a serving process…")
        started = starts(material, default.id, plan.turns)
        return Measurement(about, [small, alone, large], started, goals(small, large, default.id))
