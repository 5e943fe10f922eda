"""The command, with races that nobody runs; `test_benchmark_ours.py` runs what these are made of."""

import io
import json

import pytest
from django.core.management import call_command

from benchmarks.speed import measure
from benchmarks.speed.contestants import Contestant
from benchmarks.speed.processor import InstructionSet
from benchmarks.speed.race import Outcome
from benchmarks.speed.start import Start

pytestmark = pytest.mark.no_database


@pytest.fixture(autouse=True)
def seen(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[int]]:
    """What races were asked for: how many turns, and how much memory in MiB."""
    asked: dict[str, list[int]] = {"turns": [], "limit": []}

    def race(contestants: list[Contestant], prepared: object, turns: int, limit_mb: int) -> dict[str, Outcome]:
        asked["turns"].append(turns)
        asked["limit"].append(limit_mb)
        return {one.name: Outcome([one.gflop] * turns, 100) for one in contestants}

    monkeypatch.setattr(measure, "run_race", race)
    monkeypatch.setattr(measure, "measure_starts", lambda *_args: {"openvino": Start(0.3, 0.9, 300, False)})
    return asked


def _run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("benchmark", "--quick", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.mark.parametrize(("instructions", "goals"), [(InstructionSet.AVX2, 3), (InstructionSet.AMX, 5)])
def test_the_command_prints_json_for_machines(
    seen: dict[str, list[int]], monkeypatch: pytest.MonkeyPatch, instructions: InstructionSet, goals: int
) -> None:
    monkeypatch.setattr(measure, "this_instruction_set", lambda: instructions)
    report = json.loads(_run("--json", "--turns", "2", "--limit-mb", "500"))
    assert [race["title"].split(", ")[-1] for race in report["races"]] == ["64x64 pixels"] * 2 + ["128x96 pixels"]
    assert [len(race["rows"]) for race in report["races"]] == [9, 8, 9]
    assert report["races"][0]["rows"][0]["times_published"] == 1
    assert (report["starts"]["openvino"]["idle_mb"], len(report["goals"])) == (300, goals)
    # The first one only leaves on disk what later ones find there.
    assert (seen["turns"], seen["limit"]) == ([0, 2, 2, 2], [500] * 4)


def test_the_command_prints_tables_for_people() -> None:
    text = _run()
    assert text.count("\n| (4) comic, openvino | ") == 3
    assert "turns of each, of which the median counts: 1" in text
    assert "MISSED: " in text
