"""Make training sets of the pictures that the crawler collected, or of any folder of pictures."""

import os
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from datasets.journal import JournalEntry
from datasets.options import PICTURE_KINDS, DatasetOptions
from datasets.prepare import PrepareRequest, prepare_dataset
from datasets.samples import DROP_REASONS
from datasets.sources import NoSourcePictures
from datasets.store import DatasetMismatch

DEFAULTS = DatasetOptions()
RESUME_HINT = "the same command goes on where it stopped"


class Command(BaseCommand):
    help = """Make a training set: square samples of photos and of anime pictures, without blurred ones and doubles,
        split for training and validation, with a contact sheet. What is done already is skipped. Samples that you
        delete by hand stay away."""
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("--input", type=Path, required=True, metavar="DIR", help="folders by class, or pictures")
        add("--output", type=Path, required=True, metavar="DIR")
        add("--photos", nargs="+", metavar="CLASS", help="default: all but those of --anime")
        add("--anime", nargs="+", metavar="CLASS", help="default: cartoon")
        add(
            "--faces",
            action="store_true",
            help="a sample a face (of anime, which no detector here knows, the top of the picture)",
        )
        add("--size", type=int, default=DEFAULTS.size, help="pixels of a sample's side (default: %(default)s)")
        add("--random-crops", type=int, default=0, metavar="N", help="in place of the center of each picture")
        add("--min-side", type=int, default=0, metavar="PIXELS", help="of a picture (default: the size)")
        add("--min-face", type=int, default=0, metavar="PIXELS", help="of a face (default: 3/8 of the size)")
        add("--blur", type=float, default=DEFAULTS.blur, metavar="T", help="least sharpness (default: %(default)s)")
        add("--similar", type=int, default=DEFAULTS.similar, metavar="BITS", help="of doubles (default: %(default)s)")
        add("--val", type=float, default=DEFAULTS.val, help="share held out (default: %(default)s)")
        add("--limit", type=int, metavar="N", help="pictures of each kind to look at")
        add("--workers", type=int, default=len(os.sched_getaffinity(0)), metavar="N")

    def handle(self, *args: Any, **options: Any) -> None:
        request = self._build_request(options)
        left_out: list[str] = []
        try:
            counts = prepare_dataset(request, self._wrap_progress, left_out.append)
        except (NoSourcePictures, DatasetMismatch) as error:
            raise CommandError(str(error)) from error
        except BlockingIOError as error:
            raise CommandError(f"another process is at work in {request.output}") from error
        except OSError as error:
            raise CommandError(f"{error}; {RESUME_HINT}") from error
        except BrokenProcessPool as error:
            raise CommandError(f"a worker was ended, perhaps for want of memory; {RESUME_HINT}") from error
        except KeyboardInterrupt as error:
            raise CommandError(f"stopped; {RESUME_HINT}", returncode=130) from error
        for kind in PICTURE_KINDS:
            if counts[kind, "pictures"]:
                self.stdout.write(summarize(kind, counts))
        for line in left_out:
            self.stdout.write(line)

    def _build_request(self, options: dict[str, Any]) -> PrepareRequest:
        dataset_options = DatasetOptions(**{name: options[name] for name in DatasetOptions.__dataclass_fields__})
        root, output = options["input"].resolve(), options["output"].resolve()
        if error := dataset_options.find_error():
            raise CommandError(error)
        if options["workers"] < 1 or (options["limit"] is not None and options["limit"] < 1):
            raise CommandError("--workers and --limit are at least 1")
        if root.is_relative_to(output) or output.is_relative_to(root):
            raise CommandError("--input and --output must not be within one another")
        more = {name: options[name] for name in ("photos", "anime", "limit", "workers")}
        return PrepareRequest(options["input"], options["output"], dataset_options, **more)

    def _wrap_progress(self, entries: Iterable[JournalEntry], total: int) -> Iterator[JournalEntry]:
        """A progress bar, and a line for each picture that could not be read."""
        with tqdm(entries, total=total, unit="picture", disable=total < 2 or None) as bar:
            for entry in bar:
                if entry.error:
                    with bar.external_write_mode():
                        self.stderr.write(f"{entry.source}: {entry.error}")
                yield entry


def summarize(kind: str, counts: Counter[tuple[str, str]]) -> str:
    """Return one line: from how many pictures, how many samples, and why not more."""
    dropped = [f"{counts[kind, reason]} {reason.replace('_', ' ')}" for reason in DROP_REASONS if counts[kind, reason]]
    text = f"{kind}: {counts[kind, 'pictures']} pictures, {counts[kind, 'train']} train, {counts[kind, 'val']} val"
    return f"{text}; dropped: {', '.join(dropped)}" if dropped else text
