"""Sites of their own, on a disk of their own, to do bad things to."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.faults.own_site import PASSWORD, OwnSite, TinySite
from tests.faults.visitor import Visitor

PEOPLE = ("Mia", "Noah", "Rosa")
OUR_FAULT = "This is a problem on our side. Your photos and works are safe. The operator can find the cause in the log."
CHINESE = "Lan"  # whose profile says so
Start = Callable[..., OwnSite]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> OwnSite:
    """A site that is ready to start. It shares with all other tests what is compiled."""
    site = TinySite(tmp_path_factory.mktemp("prepared"))
    site.folder.joinpath("var").mkdir()
    site.folder.joinpath("var", "compiled").symlink_to(settings.INFERENCE_CACHE_DIR)
    site.prepare()
    site.add_people(*PEOPLE, **{CHINESE: "zh-hans"})
    return site


@pytest.fixture
def start(prepared: OwnSite, tmp_path: Path) -> Iterator[Start]:
    """Starts a site like the prepared one with other settings, or with the style that comes with the project."""
    running = []

    def begin(*, has_real_style: bool = False, **more: str) -> OwnSite:
        site = (OwnSite if has_real_style else TinySite)(tmp_path / "site", **more)
        site.copy_from(prepared)
        if has_real_style:
            site.write_weights()
        running.append(site)
        site.start()
        return site

    yield begin
    for site in running:
        site.stop()


@pytest.fixture(scope="session")
def shared_site(prepared: OwnSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnSite]:
    site = TinySite(tmp_path_factory.mktemp("site"))
    site.copy_from(prepared)
    site.start()
    yield site
    site.stop()


@pytest.fixture
def site(shared_site: OwnSite) -> Iterator[OwnSite]:
    """One that runs through many tests, as it has to come back from all of them by itself."""
    workers = shared_site.workers
    yield shared_site
    assert shared_site.workers == workers, "a process ended"


def logged_in(site: OwnSite, name: str) -> Visitor:
    visitor = Visitor(site.url, name, PASSWORD)
    visitor.log_in()
    return visitor


@pytest.fixture
def mia(site: OwnSite) -> Visitor:
    return logged_in(site, "Mia")
