"""A real Chromium, on a real server of the site."""

import os
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error, Page, expect

from tests.e2e.person import Person
from tests.needs import need_program

# Playwright's own loop runs in this thread, which Django would take for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
expect.set_options(timeout=120_000)  # a conversion, or the start of a worker, on a busy machine
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return browser_type_launch_args | {"executable_path": need_program("chromium"), "args": FLAGS}


@pytest.fixture
def person(page: Page, live_server: Any) -> Iterator[Person]:
    """Somebody who has just opened the site; whatever the browser complains about fails the test."""
    visitor = Person(page, live_server.url)
    yield visitor
    assert visitor.browser_errors == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Says what page a test failed on, which the log of a machine far away would not."""
    report = yield
    person = getattr(item, "funcargs", {}).get("person")
    if report.when == "call" and report.failed and person:
        with suppress(Error):  # a page that is gone must not hide why
            report.sections.append((person.page.url, person.page.locator("body").inner_text(timeout=5_000)))
    return report
