"""Nobody else on the machine can read what people keep on the site, wherever it wrote it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.breaking import until
from tests.faults.own_site import PASSWORD, OwnSite, TinySite
from tests.faults.test_workers import convert, state, upload
from tests.faults.visitor import Visitor
from tests.faults.workers import working
from tests.gallery.pictures import photo_bytes
from tests.gallery.videos import clip_bytes

pytestmark = pytest.mark.no_database  # each site has one of its own


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnSite]:
    """After a photo and a video were converted, and with a preview of each style."""
    before = os.umask(0o022)
    site = TinySite(tmp_path_factory.mktemp("site"))
    site.prepare()
    site.add_people("Mia")
    site.start()
    mia = Visitor(site.url, "Mia", PASSWORD)
    mia.log_in()
    assert mia.get("/styles/comic.webp").status_code == 200
    assert mia.upload(photo_bytes(64, 48, seed=1801)).status_code == 201
    convert(mia, upload(mia, clip_bytes()))
    with working(site):
        until(lambda: state(site) == "done")
        yield site
    site.stop()
    os.umask(before)


def modes(site: OwnSite) -> dict[str, int]:
    """Of all files and folders that are there now."""
    paths = [path for folder in ("var", "media", "database") for path in (site.folder / folder).rglob("*")]
    found = {}
    for path in (site.folder / "var", site.media, *paths):
        if not path.is_symlink():
            found[str(path.relative_to(site.folder))] = stat.S_IMODE(path.stat().st_mode)
    return found


def too_open(site: OwnSite) -> dict[str, str]:
    return {name: oct(mode) for name, mode in modes(site).items() if mode & 0o027}


def test_after_a_run_every_file_and_folder_is_private(site: OwnSite) -> None:
    names = set(modes(site))
    assert {"var/queue.sqlite3", "database/db.sqlite3", "database/db.sqlite3-wal", "database/db.sqlite3-shm"} <= names
    for part in ("var/compiled/", "var/previews/", "var/static/", "media/uploads/", "media/results/"):
        assert any(name.startswith(part) for name in names), part
    assert too_open(site) == {}
    assert modes(site)["var/secret_key"] == 0o600


def test_nginx_as_a_member_of_the_group_can_read_pictures_and_static_files(site: OwnSite) -> None:
    found = modes(site)
    files = [name for name in found if name.startswith(("media/results/", "var/static/")) and Path(name).suffix]
    assert {found[name] for name in files} == {0o640}


def test_what_an_earlier_version_wrote_is_made_private_at_the_start(site: OwnSite) -> None:
    site.stop()
    (site.media / ".gitkeep").touch()
    for name, mode in modes(site).items():
        (site.folder / name).chmod(mode | 0o055 if mode & 0o100 else mode | 0o044)
    assert too_open(site)
    site.start()
    assert {name: mode for name, mode in too_open(site).items() if name != "database"} == {}
