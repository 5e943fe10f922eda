"""The page How it learns with a report, in a real browser."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from playwright.sync_api import Browser, Page

from tests.e2e.person import Person
from tests.e2e.test_looks import DESKTOP, PHONE, SHIFTS, passes_axe
from tests.training_reports import write_training_report

LOADED = "image => { image.loading = 'eager'; return image.decode().then(() => image.naturalWidth > 0); }"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of static files with a report; to draw its curves takes seconds."""
    folder = tmp_path_factory.mktemp("report")
    write_training_report(folder)
    return folder


@pytest.fixture
def with_report(report: Path, settings: LazySettings) -> None:
    settings.STATICFILES_DIRS = [*settings.STATICFILES_DIRS, report]


def shows_all_pictures(page: Page) -> bool:
    return all(image.evaluate(LOADED) for image in page.locator("main img").all())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_report_passes_axe_fits_and_does_not_move(
    browser: Browser, live_server, with_report: None, scheme: str, size: dict[str, int]
) -> None:
    with browser.new_context(color_scheme=scheme, viewport=size) as context:
        visitor = Person(context.new_page(), live_server.url)
        assert visitor.open("/learning/") == 200
        assert visitor.page.locator(".curve img").count() >= 4
        assert shows_all_pictures(visitor.page)
        passes_axe(visitor.page, f"a report, {scheme}")
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert visitor.page.evaluate(SHIFTS) < 0.01
        assert visitor.browser_errors == []


COLORS = """image => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 150 });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(image, 0, 0, 320, 150);
  const { data } = pen.getImageData(0, 0, 320, 150), colours = new Set();
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255) colours.add([...data.slice(i, i + 3)].join());
  return [...colours];
}"""


@pytest.mark.parametrize(("scheme", "color"), [("light", "194,36,83"), ("dark", "255,122,159")])
def test_a_curve_has_the_color_of_the_scheme(
    browser: Browser, live_server, with_report: None, scheme: str, color: str
) -> None:
    with browser.new_context(color_scheme=scheme, viewport=DESKTOP) as context:
        visitor = Person(context.new_page(), live_server.url)
        visitor.open("/learning/")
        assert shows_all_pictures(visitor.page)
        assert color in visitor.page.locator(".curve img").first.evaluate(COLORS)
