"""Staff get a published style in a browser, from a server that breaks in the middle and then has another file."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from accounts.models import User
from gallery.styles import downloads
from gallery.styles.downloads import download_meanwhile
from tests.e2e.person import PASSWORD, Person
from tests.e2e.test_looks import passes_axe
from tests.gallery.styles import ink_body
from tests.inference.weights_server import Handler, WeightsServer, corrupt, right, truncated

PAGE = "/admin/gallery/stylesetting/"


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(downloads, "POLL_SECONDS", 0.2)
    with download_meanwhile("worker"):
        yield


def test_a_download_that_breaks_resumes_and_another_file_is_refused(
    person: Person, weights_dir: Path, weights_server: WeightsServer, worker: None
) -> None:
    User.objects.create_superuser("admin", "admin@example.org", PASSWORD)
    body, may_go_on = ink_body(weights_dir), threading.Event()

    def half(handler: Handler) -> None:
        handler.start(200, Content_Length=len(body))
        handler.wfile.write(body[:200])
        handler.wfile.flush()
        may_go_on.wait(30)

    broken = [half, *[truncated(10, body)] * 3]
    weights_server.serves("/ink.safetensors", *broken, corrupt(body), right(body))
    person.log_in("admin")
    page = person.page
    person.open(PAGE)
    passes_axe(page, PAGE)
    ink = page.locator("#ink")
    page.get_by_role("button", name="Get the published").click()
    expect(ink.get_by_role("progressbar")).to_be_visible()
    may_go_on.set()
    expect(ink.get_by_text("What arrived is kept")).to_be_visible()

    ink.get_by_role("button", name="Download").click()
    expect(ink.get_by_text("another file than the one that was published")).to_be_visible()
    assert weights_server.asked[-1] == ("/ink.safetensors", "bytes=230-")
    ink.get_by_role("button", name="Download").click()
    expect(ink.get_by_text("Offered to people")).to_be_visible()
    assert (weights_dir / "ink.safetensors").read_bytes() == body

    ink.get_by_role("button", name="Make default").click()
    expect(ink.get_by_text("Default", exact=True)).to_be_visible()
    person.open("/studio/")
    expect(page.locator("[name=style][value=ink]")).to_be_checked()
    person.open(PAGE)
    ink.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("#ink").get_by_text("Not downloaded")).to_be_visible()
    assert not (weights_dir / "ink.safetensors").exists()
