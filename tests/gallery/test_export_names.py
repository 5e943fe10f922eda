"""What data.json says of a person's own name, which only staff can fill in."""

import io
import json
import zipfile

from django.test import Client

from accounts.models import User


def profile(client: Client) -> dict[str, object]:
    archive = zipfile.ZipFile(io.BytesIO(b"".join(client.get("/account/export/").streaming_content)))
    return json.loads(archive.read("data.json"))["profile"]


def test_names_that_nobody_filled_in_are_left_out(owner_client: Client) -> None:
    assert set(profile(owner_client)) == {"username", "email", "language", "wants_mail", "date_joined"}


def test_names_that_staff_filled_in_come_home_too(owner: User, owner_client: Client) -> None:
    owner.first_name = "Mia"
    owner.save()
    assert profile(owner_client)["first_name"] == "Mia"
    assert "last_name" not in profile(owner_client)
