"""A browser that several people share: who comes after somebody who has logged out sees nothing of theirs."""

from io import BytesIO

from playwright.sync_api import expect

from accounts.models import User
from gallery.photos.conversion import ConversionOptions
from gallery.photos.services import convert_upload
from tests.e2e.person import Person
from tests.gallery.pictures import photo_bytes

# Asks as a page does, so that the browser answers from its cache where it may.
WHERE_IT_LEADS = "(url) => fetch(url).then((answer) => new URL(answer.url).pathname)"


def test_after_logging_out_the_browser_has_neither_pages_nor_pictures(person: Person, owner: User) -> None:
    stream = BytesIO(photo_bytes())
    work, _is_new = convert_upload(
        owner=owner, name="a.jpg", stream=stream, options=ConversionOptions("comic", "balanced")
    )
    page, picture = f"/works/{work.pk}/", f"/works/{work.pk}/result/"
    person.log_in("Mia")
    person.open(page)
    for url in (picture, page):
        assert person.page.evaluate(WHERE_IT_LEADS, url) == url
    person.page.locator("header summary").last.click()
    person.page.get_by_role("button", name="Log out").click()
    expect(person.page).to_have_url(f"{person.site}/")
    for url in (picture, page):
        assert person.page.evaluate(WHERE_IT_LEADS, url) == "/accounts/login/"
    person.page.go_back()
    expect(person.page).to_have_url(f"{person.site}/accounts/login/?next={page}")
