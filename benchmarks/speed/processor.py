"""What the processor computes with: goals differ by it, as products of matrices are many times as fast with AMX."""

import os
from collections.abc import Collection
from enum import StrEnum
from pathlib import Path

LIMIT_VARIABLE = "ONEDNN_MAX_CPU_ISA"  # with which oneDNN, which OpenVINO and torch compute with, is kept from more
AMX_LIMITS = ("", "ALL", "DEFAULT", "AVX512_CORE_AMX", "AVX10_1_512_AMX")  # and what begins like the last two


class InstructionSet(StrEnum):
    """The best that networks are computed with here."""

    AVX2 = "AVX2"
    AVX512 = "AVX-512"
    AVX512_VNNI = "AVX-512 with VNNI"
    AMX = "AMX"


def read_flags() -> set[str]:
    """Return the processor's own flags, as Linux lists them; none on other machines than x86."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    return set(next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), []))


def detect_instruction_set(flags: Collection[str], limit: str = "") -> InstructionSet:
    """Return the best of a processor with these flags, under a limit as ONEDNN_MAX_CPU_ISA states one."""
    limit = limit.upper()
    if limit.startswith(("SSE", "AVX2")) or "avx512f" not in flags:
        return InstructionSet.AVX2
    is_amx_allowed = limit in AMX_LIMITS or limit.startswith(AMX_LIMITS[-2:])
    if "amx_bf16" in flags and is_amx_allowed:
        return InstructionSet.AMX
    return InstructionSet.AVX512_VNNI if "avx512_vnni" in flags and limit != "AVX512_CORE" else InstructionSet.AVX512


def this_instruction_set() -> InstructionSet:
    """Return that of this machine and process."""
    return detect_instruction_set(read_flags(), os.environ.get(LIMIT_VARIABLE, ""))


def describe_limits() -> str:
    """Return which settings of the environment hide some of what the processor has; empty where none does."""
    names = (LIMIT_VARIABLE, "ATEN_CPU_CAPABILITY")
    return ", ".join(f"{name}={os.environ[name]}" for name in names if os.environ.get(name))
