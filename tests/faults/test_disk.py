"""The media folder takes no more files. The site says so, keeps no half of a work, and goes on when it does again."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from django.utils.translation import gettext, override

from tests.faults.breaking import full_disk, read_only
from tests.faults.conftest import CHINESE, logged_in
from tests.faults.own_site import OwnSite
from tests.faults.visitor import Visitor
from tests.gallery.pictures import photo_bytes

pytestmark = pytest.mark.no_database  # each site has one of its own
NO_ROOM = "The server is out of storage space. The operator can find the cause in the log."
INSUFFICIENT_STORAGE = 507
# The second leaves room for the photo, but not for all that is made of it.
FAULTS: dict[str, Callable[[Path], AbstractContextManager[None]]] = {
    "full": partial(full_disk, kilobytes=4),
    "full in the middle": partial(full_disk, kilobytes=100),
    "read-only": read_only,
}


def photo(seed: int) -> bytes:
    return photo_bytes(900, 700, seed=seed)


@pytest.mark.parametrize("name", FAULTS)
def test_an_upload_that_cannot_be_kept_is_refused_and_the_next_one_is_kept(
    site: OwnSite, mia: Visitor, name: str
) -> None:
    mine, fault = photo(len(name)), FAULTS[name]
    works, before = site.rows("SELECT count(*) FROM gallery_work"), site.stored
    with fault(site.media):
        stored = site.stored
        answer = mia.upload(mine)
        assert (answer.status_code, answer.json()) == (INSUFFICIENT_STORAGE, {"error": NO_ROOM})
        assert site.stored == stored
        assert mia.get("/works/").status_code == 200
    assert (site.rows("SELECT count(*) FROM gallery_work"), site.stored) == (works, before)
    assert mia.upload(mine).status_code == 201


def test_who_reads_chinese_is_told_in_chinese_and_who_has_no_scripts_sees_a_page(site: OwnSite) -> None:
    lan = logged_in(site, CHINESE)
    with override("zh-hans"):
        text = gettext(NO_ROOM)
    assert text != NO_ROOM
    with full_disk(site.media, kilobytes=4):
        answer = lan.upload(photo(50))
        form = {"style": "comic", "detail": "bold"}
        page = lan.post("/studio/", form, files={"photos": ("photo.jpg", photo(51), "image/jpeg")})
    assert answer.json() == {"error": text}
    assert page.status_code == INSUFFICIENT_STORAGE
    assert text in page.text
