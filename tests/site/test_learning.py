"""The page How it learns: the text, and the reports of training runs."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.staticfiles import finders
from django.test import Client

from tests.training_reports import write_training_report

MOST_BYTES = 60_000  # of HTML, style sheets and scripts, compressed
URL = "/learning/"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_training_report(tmp_path_factory.mktemp("made"))


@pytest.fixture
def static(tmp_path: Path, settings: LazySettings) -> Path:
    """A folder of static files before the site's own, which then has no reports."""
    own = Path(settings.STATICFILES_DIRS[0])
    for folder in ("css", "js", "img"):
        (tmp_path / folder).symlink_to(own / folder)
    settings.STATICFILES_DIRS = [tmp_path]
    return tmp_path


@pytest.fixture
def put(static: Path, made: Path) -> Callable[..., Path]:
    """Puts the report there, with other facts if given."""

    def put(name: str, **changes: object) -> Path:
        folder = static / "learning" / name
        folder.mkdir(parents=True)
        for file in made.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        facts = json.loads((folder / "report.json").read_text("utf-8")) | changes
        (folder / "report.json").write_text(json.dumps(facts), "utf-8")
        return folder

    return put


def page(client: Client, language: str = "en") -> str:
    client.cookies["django_language"] = language
    response = client.get(URL)
    assert response.status_code == 200
    return response.content.decode()


def test_everybody_reads_how_it_learns_and_finds_it_from_the_first_page(
    anonymous: Client, owner_client: Client, static: Path
) -> None:
    for client in (anonymous, owner_client):
        html = page(client)
        assert "Two networks teach each other" in html
        assert html.count("<math") >= 10
    assert f'href="{URL}"' in anonymous.get("/").content.decode()
    assert f'href="{URL}"' in owner_client.get("/studio/").content.decode()


def test_search_engines_may_read_it(anonymous: Client) -> None:
    assert f"Allow: {URL}\n" in anonymous.get("/robots.txt").content.decode()
    assert f"{URL}</loc>" in anonymous.get("/sitemap-pages.xml").content.decode()


def test_caches_may_keep_it_only_where_it_is_nobodys(anonymous: Client, owner_client: Client) -> None:
    assert "public" in anonymous.get(URL)["Cache-Control"]
    assert "private" in owner_client.get(URL)["Cache-Control"]


def test_without_reports_it_says_how_to_make_one(anonymous: Client, static: Path) -> None:
    html = page(anonymous)
    assert "manage.py training_report runs/ink" in html
    assert "curves.svg" not in html


def test_a_report_shows_strips_curves_figures_and_command(anonymous: Client, put: Callable[..., Path]) -> None:
    put("drawn")
    html = page(anonymous)
    assert "Ink and wash" in html
    assert "manage.py train_paired" in html
    assert "30 steps · 45 min" in re.sub(r"\s+", " ", html)
    for name in ("l1", "error", "ssim", "error_ink"):
        assert f'src="/static/learning/drawn/curves.svg#{name}"' in html
    assert 'alt="Mean error on held-out photos by step; at the end 6.6667 of 255"' in html
    assert "/static/learning/drawn/astronaut_wash.webp" in html
    assert re.findall(r"<td>([\d.]+)</td>", html)[:3] == ["22.05", "0.581", "0.224"]
    assert "manage.py training_report" not in html


def test_it_is_shown_in_chinese_too(anonymous: Client, put: Callable[..., Path]) -> None:
    put("drawn")
    html = page(anonymous, "zh-hans")
    assert '<html lang="zh-hans">' in html
    assert "漫画" in html, "the style to begin with, by its Chinese title"
    assert "水墨" in html, "its own title in Chinese"
    assert "<td>起点</td>" in html, "what began as none of the styles"


def test_a_title_may_be_the_same_in_all_languages(anonymous: Client, put: Callable[..., Path]) -> None:
    put("drawn", title="Only one")
    assert all("Only one" in page(anonymous, language) for language in ("en", "zh-hans"))


def test_of_several_reports_the_latest_comes_first(anonymous: Client, put: Callable[..., Path]) -> None:
    put("a", title="The middle one", date="2026-05-01")
    put("b", title="The first one", date="2026-01-01")
    put("c", title="The last one", date="2026-10-01")
    assert re.findall(r">(The \w+ one)</h3>", page(anonymous)) == ["The last one", "The middle one", "The first one"]


@pytest.mark.parametrize(
    "changes",
    [
        {"seconds": 10**400},
        {"date": "yesterday"},
        {"curves": [{}]},
        {"strips": None},
        {"strips": [{"style": "ink", "photo": "dog"}]},
    ],
    ids=str,
)
def test_a_report_that_is_damaged_is_logged_and_left_out(
    anonymous: Client, put: Callable[..., Path], changes: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    put("whole")
    path = put("damaged", title="Damaged", **changes) / "report.json"
    html = page(anonymous)
    assert "Ink and wash" in html
    assert "Damaged" not in html
    assert f"{path} is not shown" in caplog.text


def test_a_report_that_nests_too_deep_is_logged_and_left_out(
    anonymous: Client, put: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    path = put("damaged", title="Damaged") / "report.json"
    path.write_text("[" * 100_000, "utf-8")
    assert "Damaged" not in page(anonymous)
    assert f"{path} is not shown: it nests more than 64 deep" in caplog.text


def test_a_report_that_was_not_collected_yet_is_left_out(
    anonymous: Client, put: Callable[..., Path], settings: LazySettings, tmp_path: Path
) -> None:
    put("new")
    manifest = {"version": "1.1", "hash": "", "paths": {"css/site.css": "css/site.1.css"}}
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    (Path(settings.STATIC_ROOT) / "staticfiles.json").write_text(json.dumps(manifest), "utf-8")
    from animegan_site.pages import learning
    from animegan_site.storage import StaticStorage

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learning, "staticfiles_storage", StaticStorage())
        assert learning.list_reports("en") == []
    assert [report.title for report in learning.list_reports("en")] == ["Ink and wash"]


def test_it_costs_less_than_60_kilobytes_before_the_pictures(anonymous: Client, put: Callable[..., Path]) -> None:
    for name in "abc":
        put(name)
    html = page(anonymous)
    names = re.findall(r'(?:href|src)="/static/([^"]+\.(?:css|js))"', html)
    files = [Path(str(finders.find(name))) for name in names]
    parts = [html.encode(), *(file.read_bytes() for file in files)]
    assert {"css/site.css", "css/learning.css"} <= set(names)
    assert sum(len(gzip.compress(part)) for part in parts) < MOST_BYTES


def test_a_report_of_an_older_version_names_its_losses_as_one_of_now_does() -> None:
    from animegan_site.pages.learning import LEGACY_LOSS_LABELS
    from training.losses import LABELS

    assert {column: str(LABELS[column]) for column in LEGACY_LOSS_LABELS} == {
        column: str(label) for column, label in LEGACY_LOSS_LABELS.items()
    }
