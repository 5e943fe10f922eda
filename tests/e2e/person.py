"""What a person does on the site."""

from pathlib import Path

from playwright.sync_api import FilePayload, Locator, Page, expect

PASSWORD = "correct horse 9"


class Person:
    def __init__(self, page: Page, site: str) -> None:
        self.page, self.site = page, site
        self.browser_errors: list[str] = []
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: self.browser_errors.append(str(error)))
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("dialog", lambda dialog: dialog.accept())

    def _hear(self, kind: str, text: str) -> None:
        # An answer of 4xx or 5xx is noted by the browser too, but the page has to deal with it, not the log.
        if kind in ("error", "warning") and "the server responded with a status of" not in text:
            self.browser_errors.append(text)

    def open(self, path: str) -> int:
        response = self.page.goto(self.site + path)
        assert response is not None
        return response.status

    def sign_up(self, name: str = "mia") -> None:
        self.open("/accounts/signup/")
        self.page.locator("[name=username]").fill(name)
        self.page.locator("[name=email]").fill(f"{name}@example.org")
        for field in self.page.locator("input[type=password]").all():
            field.fill(PASSWORD)
        self.page.locator("main button[type=submit]").click()
        expect(self.page).to_have_url(self.site + "/studio/")
        self.page.wait_for_load_state()

    def log_in(self, name: str) -> None:
        self.open("/accounts/login/")
        self.page.locator("[name=username]").fill(name)
        self.page.locator("[name=password]").fill(PASSWORD)
        self.page.locator("main button[type=submit]").click()
        expect(self.page).to_have_url(self.site + "/studio/")

    def choose(self, *files: Path | FilePayload) -> Locator:
        """Choose files in the studio; the cards, the latest first."""
        self.page.set_input_files("#photos", list(files))
        return self.page.locator(".card")

    def convert(self, *files: Path | FilePayload) -> Locator:
        """Choose files and wait for all their results."""
        cards = self.choose(*files)
        expect(self.page.locator(".card[data-state=done]")).to_have_count(len(files))
        return cards

    def open_work(self, card: Locator) -> None:
        """To the page of a card's work, until its scripts run."""
        card.locator("[data-do=open]").click()
        self.page.wait_for_url("**/works/*/")
        self.page.wait_for_load_state()

    def publish(self, *, kind: str, title: str, shows_photo: bool = False) -> None:
        """Publish the work whose page is open."""
        self.page.locator(".publishing summary").click()
        self.page.locator(f"[name=kind][value={kind}]").check(force=True)
        self.page.locator("[name=title]").fill(title)
        if shows_photo:
            self.page.locator("[name=shows_photo]").check()
        self.page.locator("[name=agreed]").check()
        self.page.locator(".publishing form button[type=submit]").last.click()
        expect(self.page.locator(".message--success")).to_be_visible()

    def titles(self, path: str = "/gallery/") -> list[str]:
        """What a page of the gallery shows."""
        self.open(path)
        return self.page.locator(".exhibit__title").all_text_contents()
