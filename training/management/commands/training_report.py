"""Makes the report of a run, which the site's page on learning shows."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from imaging.samples import DEFAULT_SAMPLE, SAMPLE_FILES
from training.management.commands._arguments import run_or_command_error
from training.management.commands._command_line import command_line
from training.report.write import read_run, write_report
from training.style_package import make_style_id

PAGE = Path("static") / "learning"


class Command(BaseCommand):
    help = "Draw the curves of a training run, and how its results changed, for the site's page How it learns."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", type=Path, metavar="RUN", help="its folder, as runs/NAME; it is only read")
        parser.add_argument("--out", type=Path, metavar="DIR", help="(default: static/learning/NAME)")
        parser.add_argument("--title", default="", help="(default: the name of the run)")
        parser.add_argument("--title-zh", default="", metavar="TITLE", help="in Chinese (default: the same)")
        parser.add_argument(
            "--photos", nargs="+", choices=sorted(SAMPLE_FILES), default=[DEFAULT_SAMPLE], help="to show results of"
        )
        parser.add_argument("--columns", type=int, default=5, help="steps to show results of, at most (5)")

    def handle(self, *args: Any, **options: Any) -> None:
        out = run_or_command_error(lambda: self._report(options))
        size = sum(file.stat().st_size for file in out.iterdir()) / 1000
        self.stdout.write(self.style.SUCCESS(f"{out}: {size:.0f} kB; the site shows it after its next start"))

    def _report(self, options: dict[str, Any]) -> Path:
        if options["columns"] < 1:
            raise ValueError(f"columns must be 1 or more, not {options['columns']}")
        folder: Path = options["run"].resolve()
        run = read_run(folder)
        title, title_zh = options["title"] or folder.name, options["title_zh"]
        return write_report(
            run,
            options["out"] or PAGE / make_style_id(folder.name),
            title={"en": title, "zh-hans": title_zh} if title_zh else title,
            command=command_line(folder, run.command, run.settings),
            photos=list(dict.fromkeys(options["photos"])),
            columns=options["columns"],
        )
