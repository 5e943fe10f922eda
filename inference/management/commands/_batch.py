"""What `stylize` does alike with pictures and videos: one after another, and what cannot be converted stops nothing."""

from collections.abc import Callable, Sequence

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from imaging.errors import ImagingError
from imaging.folders import describe_left_out, printable_path
from inference.batch import BatchPlan, FileJob


def _check_targets(jobs: Sequence[FileJob]) -> None:
    sources = {job.source.resolve(): job.source for job in jobs}
    for job in jobs:
        if replaced := sources.get(job.target.resolve()):
            raise CommandError(
                f"{job.source}: the result would take the place of {replaced.name}: give another --output"
            )


def run_jobs(
    command: BaseCommand,
    plan: BatchPlan,
    convert: Callable[[FileJob], str],
    describe_error: Callable[[Exception], str],
    *,
    has_bar: bool,
    overwrites: bool,
) -> None:
    """Convert one after another; `convert` returns what is to be said of a result, mostly nothing.

    `describe_error` says what went wrong, in a line. Raise CommandError before anything is done where a result would
    take the place of what is to be converted, and at the end where some failed.
    """
    jobs = plan.jobs
    _check_targets(jobs)
    failed = skipped = 0
    for job in tqdm(jobs, unit="file", disable=not has_bar or None):
        if job.target.exists() and not overwrites:
            skipped += 1
            continue
        try:
            message = convert(job)
        except (ImagingError, OSError, ValueError, RuntimeError, MemoryError) as error:
            # RuntimeError: torch and OpenVINO raise it where memory does not suffice.
            failed += 1
            message = describe_error(error)
        if message:
            with tqdm.external_write_mode():
                command.stderr.write(f"{printable_path(job.source)}: {message}")
    summary = f"{len(jobs) - failed - skipped} converted, {skipped} skipped, {failed} failed"
    command.stdout.write(", ".join(filter(None, [summary, describe_left_out(plan.left_out)])))
    if failed:
        raise CommandError(f"{failed} of {len(jobs)} could not be converted")
