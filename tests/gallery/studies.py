"""Comparisons of styles for the tests: made by staff, with results that are there at once."""

import json
from io import BytesIO

from django.test import Client

from accounts.models import User
from gallery.comparisons import services
from gallery.models import Study, StudyResult
from tests.conftest import PASSWORD
from tests.gallery.pictures import photo_bytes
from tests.tiny_architecture import ROOT

# Three of those that come with the project, by their ids.
MANIFEST = json.loads((ROOT / "weights" / "manifest.json").read_text("utf-8"))
SHIPPED = [style for style in MANIFEST["styles"] if (ROOT / "weights" / style["file"]).is_file()]
STYLES = sorted(style["id"] for style in SHIPPED)[:3]


def make_staff(name: str = "Ina") -> User:
    """A superuser, who may manage studies."""
    return User.objects.create_superuser(name, f"{name.lower()}@example.com", PASSWORD)


def make_study(owner: User, *, photos: int = 2, styles: list[str] = STYLES, is_ready: bool = True) -> Study:
    """A study of small photos, converted in all its styles."""
    names = [f"photo {number}.jpg" for number in range(photos)]
    streams = [BytesIO(photo_bytes(seed=number)) for number in range(photos)]
    study, refused = services.create_study(
        owner=owner, name="Which line?", styles=styles, photos=list(zip(names, streams, strict=True))
    )
    assert study
    assert not refused
    while is_ready and services.make_next_result(study=study):
        pass
    return study


def log_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def results_of(study: Study) -> list[StudyResult]:
    return list(StudyResult.objects.filter(photo__study=study).order_by("photo__number", "style"))
