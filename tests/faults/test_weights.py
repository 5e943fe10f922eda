"""A style's file goes, or becomes another, while the site runs."""

import pytest

from tests.faults.own_site import OwnSite
from tests.faults.visitor import Visitor
from tests.gallery.pictures import photo_bytes

pytestmark = pytest.mark.no_database  # each site has one of its own


def test_a_style_without_its_file_is_refused_until_it_is_back(site: OwnSite, mia: Visitor) -> None:
    assert mia.upload(photo_bytes(seed=201)).status_code == 201
    file = site.weights / "comic.safetensors"
    file.rename(away := file.with_suffix(".away"))
    answer, page = mia.upload(photo_bytes(seed=202)), mia.get("/studio/")
    away.rename(file)
    text = "This style is not available here. Choose another one."
    assert (answer.status_code, answer.json()) == (422, {"error": text})
    assert page.status_code == 200
    assert mia.upload(photo_bytes(seed=202)).status_code == 201


def test_a_style_with_a_damaged_file_is_refused_until_it_is_whole_again(site: OwnSite, mia: Visitor) -> None:
    file = site.weights / "comic.safetensors"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    answer = mia.upload(photo_bytes(seed=203))
    file.write_bytes(whole)
    assert answer.status_code == 500
    assert answer.json()["error"].startswith("This style cannot be used right now")
    assert mia.upload(photo_bytes(seed=203)).status_code == 201
