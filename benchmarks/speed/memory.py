"""What a process takes of the machine's memory, from the Linux kernel's own account."""

import resource
from pathlib import Path

KIB = 2**10
MIB = 2**20
FREE_MEMORY_SHARE = 0.75  # of the memory that is free; others work on this machine too


def _kib(file: str, name: str) -> int:
    lines = Path(file).read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def resident_mb() -> int:
    """Of this process now (VmRSS), in MiB."""
    return _kib("/proc/self/status", "VmRSS") // KIB


def peak_mb() -> int:
    """The most that this process, or one that it waited for, ever had (VmHWM), in MiB.

    Linux lets a new process begin with its parent's peak in `ru_maxrss`; that is no more than our own.
    """
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(_kib("/proc/self/status", "VmHWM"), children) // KIB


def total_mb() -> int:
    """Of the machine, in MiB."""
    return _kib("/proc/meminfo", "MemTotal") // KIB


def max_allowed_mb(requested_mb: int) -> int:
    """`requested_mb` MiB, or less where the machine has not as much to give at the moment."""
    return min(requested_mb, int(FREE_MEMORY_SHARE * _kib("/proc/meminfo", "MemAvailable")) // KIB)


def limit_memory(megabytes: int) -> None:
    """Let this process and its children have no more address space, in MiB: what asks for more is refused it.

    The refusal comes before any page is touched, so a contestant that wants too much does no harm to others.
    """
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * MIB, megabytes * MIB))
