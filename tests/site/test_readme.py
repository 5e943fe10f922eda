"""What the documents say is so."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
SETTINGS = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "animegan_site" / "settings.py").read_text("utf-8")))
pytestmark = pytest.mark.no_database


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_every_setting_is_in_the_readme_and_in_the_example(name: str) -> None:
    assert f"`{name}`" in README
    assert re.search(rf"^# {name}=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("link", re.findall(r"\]\((?!http)([^)]+)\)", README))
def test_every_file_that_the_readme_links_to_is_there(link: str) -> None:
    assert (ROOT / link).exists()


def test_every_command_that_the_readme_names_exists() -> None:
    ours = {name for name, app in get_commands().items() if app in ("crawler", "gallery", "inference", "training")}
    assert {"stylize", "styles", "fetch_weights", "benchmark", "distill_style", "check_media"} <= ours
    for name in ours:
        assert name in README, name
