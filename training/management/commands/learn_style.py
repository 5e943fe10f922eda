"""Makes a fast style of this site's own from a published generator."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import torch
from django.conf import settings as site
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from inference.architectures import architectures_of_class
from inference.runtime import get_engine, get_style_registry
from training.learn_style import LearnedStyle, LearnStyleConfig, learn_style
from training.management.commands._arguments import (
    add_face_style_argument,
    add_number_arguments,
    add_text_arguments,
    run_or_command_error,
    select_fields,
)
from training.management.commands._teachers import exact_engine, find_site_style
from training.metrics.gate import Gate, format_gate
from training.style_package import StyleTexts

COUNTS = ("held_out", "steps", "batch_size", "crop", "checkpoint_interval", "seed")


class Command(BaseCommand):
    help = "Teach a small network what a generator does, measure it, and install it; the same command goes on."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--teacher", required=True, metavar="ID_OR_FILE", help="a style, or the file of a generator"
        )
        add_face_style_argument(parser)
        parser.add_argument("--photos", type=Path, nargs="+", required=True, metavar="DIR", help="of people and places")
        parser.add_argument("--id", required=True, help="of the new style: small letters, digits, underscores")
        parser.add_argument("--out", type=Path, metavar="DIR", help="of everything that is made (default: runs/ID)")
        parser.add_argument("--network", choices=architectures_of_class("UNetGenerator"), default="unet")
        parser.add_argument("--start", type=Path, metavar="FILE", help="weights of another such student to begin with")
        parser.add_argument("--long-side", type=int, nargs="+", default=[720, 480], help="pixels, of the pairs")
        parser.add_argument(
            "--working-size", type=int, default=0, help="of the site (default: the largest --long-side)"
        )
        parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
        add_number_arguments(parser, int, COUNTS, LearnStyleConfig)
        add_number_arguments(parser, float, ("learning_rate",), LearnStyleConfig)
        gate = parser.add_argument_group("what it must reach, on photos that were held out")
        add_number_arguments(gate, float, [limit.name for limit in fields(Gate)], Gate)
        gate.add_argument("--landmarks", type=Path, metavar="FILE", help="MediaPipe's face_landmark.tflite, for eyes")
        gate.add_argument("--force", action="store_true", help="install what misses it all the same")
        texts = parser.add_argument_group("what the site says about the style")
        texts.add_argument("--title", default="", help="(default: the id)")
        add_text_arguments(texts)

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["license"].strip():
            raise CommandError("say with --license what others may do with the style; its teacher's license binds, too")
        learned = run_or_command_error(lambda: self._learn(options))
        self.stdout.write(format_gate(learned.rows))
        if learned.missed and not options["force"]:
            raise CommandError(
                f"{options['id']} misses {', '.join(learned.missed)}, and is not installed. Let it learn longer with a "
                "higher --steps, or install it all the same with --force."
            )
        self._install(options["id"], learned)

    def _learn(self, options: dict[str, Any]) -> LearnedStyle:
        config = LearnStyleConfig(
            **{name: options[name] for name in ("id", "photos", "network", "start", "device", "landmarks")},
            **{name: options[name] for name in (*COUNTS, "learning_rate", "working_size")},
            teacher=find_site_style(options["teacher"]),
            face_style=find_site_style(options["face_style"]) if options["face_style"] else None,
            long_sides=tuple(options["long_side"]),
            out=options["out"] or Path("runs") / options["id"],
            weights_dir=Path(site.WEIGHTS_DIR),
            gate=Gate(**{limit.name: options[limit.name] for limit in fields(Gate)}),
            texts=StyleTexts(**select_fields(options, StyleTexts)),
        )
        if self._is_taken(config):
            raise ValueError(f"there is a style {config.id!r} already; take another --id")
        try:
            return learn_style(config, get_engine(), exact_engine(config.device), self.stdout.write)
        except KeyboardInterrupt:
            raise CommandError(f"stopped; the same command goes on from {config.out}", returncode=130) from None

    @staticmethod
    def _is_taken(config: LearnStyleConfig) -> bool:
        """Return whether the site has the id, and not from here: better said before hours of work."""
        installed = {style.id for style in get_style_registry().all()}
        return config.id in installed and not (config.out / "held_out.json").exists()

    def _install(self, style_id: str, learned: LearnedStyle) -> None:
        weights = learned.package / f"{style_id}.safetensors"
        for style in get_style_registry().all():
            if style.id == style_id and style.is_available and style.path.read_bytes() == weights.read_bytes():
                self.stdout.write(self.style.SUCCESS(f"{style_id}: installed already"))
                return
        call_command("add_style", learned.package, stdout=self.stdout)
