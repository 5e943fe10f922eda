from dataclasses import replace

import pytest

from benchmarks.speed.contestants import MATRIX, NEW_PROCESS, ONNX, PUBLISHED, Contestant
from benchmarks.speed.goals import check_goals
from benchmarks.speed.measure import Measurement
from benchmarks.speed.processor import InstructionSet, detect_instruction_set
from benchmarks.speed.race import Outcome
from benchmarks.speed.report import Race, RaceRow, summarize_race
from benchmarks.speed.start import Start
from benchmarks.speed.table import format_lines

pytestmark = pytest.mark.no_database

COMIC, ANIMEGAN2 = "(4) comic, openvino", "(4) animegan2, openvino"
EXACT = f"{ANIMEGAN2}, single precision"
WORK = {
    PUBLISHED: 200.0,
    NEW_PROCESS: 200.0,
    ONNX: 200.0,
    COMIC: 20.0,
    ANIMEGAN2: 200.0,
    EXACT: 200.0,
    MATRIX: 100.0,
}  # GFLOP
OUT = "RuntimeError: DefaultCPUAllocator: can't allocate memory: you tried to allocate 6101993472 bytes."


def _race(**over: str) -> Race:
    outcomes = {
        PUBLISHED: Outcome([2.0, 4.0, 2.0], 900),
        NEW_PROCESS: Outcome([4.0, 8.0, 4.0], 900),
        ONNX: Outcome([], 30, "ModuleNotFoundError: No module named 'onnxruntime'"),
        COMIC: Outcome([0.1, 0.1, 0.1], 400),
        ANIMEGAN2: Outcome([1.0, 2.0, 1.0], 500),
        EXACT: Outcome([1.0, 2.0, 1.0], 500),
        MATRIX: Outcome([0.25, 0.5, 0.25], 300),
    }
    if over:
        outcomes[PUBLISHED] = Outcome([], 8826, over["published"])
    return summarize_race("A race", [Contestant(name, gflop, lambda: print) for name, gflop in WORK.items()], outcomes)


def _row(race: Race, name: str) -> RaceRow:
    return next(row for row in race.rows if row.name == name)


def test_each_row_has_medians_ratios_of_the_same_turn_and_its_share_of_the_matrix_rate() -> None:
    race = _race()
    assert race.matrix_gflops == 400
    # All were half as fast in the second turn, which changes no ratio.
    assert _row(race, ANIMEGAN2) == RaceRow(ANIMEGAN2, 1.0, 1.0, 2.0, 4.0, 0.5, 500, "")
    assert _row(race, COMIC) == RaceRow(COMIC, 0.1, 0.1, 20.0, 40.0, 0.5, 400, "")
    assert _row(race, PUBLISHED) == RaceRow(PUBLISHED, 2.0, 2.0, 1.0, 2.0, 0.25, 900, "")
    assert _row(race, ONNX).seconds is None
    assert MATRIX not in {row.name for row in race.rows}


def test_nothing_is_compared_with_what_did_not_run() -> None:
    race = _race(published=OUT)
    assert _row(race, PUBLISHED).ran_out_of_memory
    assert _row(race, COMIC) == RaceRow(COMIC, 0.1, 0.1, None, 40.0, 0.5, 400, "")
    assert not _row(race, ONNX).ran_out_of_memory


def test_each_processor_has_its_goals() -> None:
    race = _race()
    fast = replace(_row(race, COMIC), name="(4) comic_fast, openvino", times_published=31.0)
    for instructions in (InstructionSet.AVX2, InstructionSet.AVX512_VNNI):
        goals = check_goals(Race("", 1, [*race.rows, fast]), race, "comic", instructions)
        assert [goal.text for goal in goals[:3]] == [
            "animegan2, exact, beside (1): at least 2 times as fast",
            "comic beside (1): at least 10 times as fast",
            "comic, fast variant, beside (1): at least 30 times as fast",
        ]
        assert [goal.met for goal in goals] == [True, True, True, False]


@pytest.mark.parametrize(
    ("flags", "limit", "expected"),
    [
        ("fma avx2", "", InstructionSet.AVX2),
        ("avx2 avx512f", "", InstructionSet.AVX512),
        ("avx2 avx512f avx512_vnni", "", InstructionSet.AVX512_VNNI),
        ("avx2 avx512f avx512_vnni amx_tile amx_bf16", "", InstructionSet.AMX),
        ("avx2 avx512f avx512_vnni amx_tile amx_bf16", "AVX512_CORE_AMX", InstructionSet.AMX),
        ("avx2 avx512f avx512_vnni amx_tile amx_bf16", "AVX512_CORE_VNNI", InstructionSet.AVX512_VNNI),
        ("avx2 avx512f avx512_vnni amx_tile amx_bf16", "avx512_core", InstructionSet.AVX512),
        ("avx2 avx512f avx512_vnni amx_tile amx_bf16", "AVX2", InstructionSet.AVX2),
        ("avx2 avx512f", "AVX2_VNNI_2", InstructionSet.AVX2),
    ],
)
def test_a_processor_is_known_by_its_flags_and_what_is_hidden_of_it(
    flags: str, limit: str, expected: InstructionSet
) -> None:
    assert detect_instruction_set(flags.split(), limit) is expected


def test_goals_are_met_or_missed_by_what_was_measured() -> None:
    small, large = _race(), _race(published=OUT)
    reached = check_goals(small, large, "comic", InstructionSet.AMX)
    assert [(goal.measured, goal.met) for goal in reached] == [
        ("2.0 times", True),
        ("20.0 times", True),
        ("4.0 times", False),
        ("40.0 times", True),
        ("8.6 GB, then died", True),
    ]
    assert [goal.met for goal in check_goals(large, small, "comic", InstructionSet.AMX)] == [
        False,
        False,
        False,
        True,
        False,
    ]
    failed = replace(_row(small, PUBLISHED), over="KeyError: a bug")
    broken = Race("", 1, [failed, *small.rows[1:]])
    assert not check_goals(small, broken, "comic", InstructionSet.AMX)[-1].met


def test_tables_are_markdown_and_say_why_a_contestant_has_no_seconds() -> None:
    starts = {"openvino": Start(0.3, 0.9, 300, False), "torch": Start(1.1, 1.5, 420, True)}
    small, large = _race(), _race(published=OUT)
    text = list(
        format_lines(
            Measurement(["2 cores"], [small, large], starts, check_goals(small, large, "comic", InstructionSet.AMX))
        )
    )
    tables = [line for line in text if line.startswith("|")]
    assert {line.count("|") for line in tables} == {8, 6}
    assert f"| {ANIMEGAN2} | 1.000 | 1.000 | 2.00 | 4.00 | 0.50 | 500 |" in text
    assert f"| {PUBLISHED} | out of memory | – | – | – | – | had 8826 |" in text
    assert f"| {ONNX} | failed | – | – | – | – | had 30 |" in text
    assert f"{PUBLISHED}: {OUT}" in text
    assert "| openvino | 0.30 | 0.90 | 300 | no |" in text
    assert sum(line.startswith("met: ") for line in text) == 4
    assert sum(line.startswith("MISSED: ") for line in text) == 1
