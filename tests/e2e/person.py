"""What a person does on the site."""

from pathlib import Path

from playwright.sync_api import FilePayload, Locator, Page, expect

PASSWORD = "correct horse 9"


class Person:
    def __init__(self, page: Page, site: str) -> None:
        self.page, self.site = page, site
        self.complaints: list[str] = []
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("dialog", lambda dialog: dialog.accept())

    def _hear(self, kind: str, text: str) -> None:
        # An answer of 4xx or 5xx is noted by the browser too, but the page has to deal with it, not the log.
        if kind in ("error", "warning") and "the server responded with a status of" not in text:
            self.complaints.append(text)

    def open(self, path: str) -> int:
        response = self.page.goto(self.site + path)
        assert response is not None
        return response.status

    def sign_up(self, name: str = "mia") -> None:
        self.open("/accounts/signup/")
        self.page.get_by_label("User name").fill(name)
        self.page.get_by_label("E-mail").fill(f"{name}@example.org")
        for field in self.page.locator("input[type=password]").all():
            field.fill(PASSWORD)
        self.page.locator("main").get_by_role("button", name="Sign up").click()
        expect(self.page).to_have_url(self.site + "/studio/")
        self.page.wait_for_load_state()

    def choose(self, *files: Path | FilePayload) -> Locator:
        """Choose files in the studio; the cards, the latest first."""
        self.page.set_input_files("#photos", list(files))
        return self.page.locator(".card")

    def convert(self, *files: Path | FilePayload) -> Locator:
        """Choose files and wait for all their results."""
        cards = self.choose(*files)
        expect(self.page.locator(".card[data-state=done]")).to_have_count(len(files), timeout=60_000)
        return cards

    def open_work(self, card: Locator) -> None:
        """To the page of a card's work, until its scripts run."""
        card.get_by_role("link", name="Open").click()
        self.page.wait_for_url("**/works/*/")
        self.page.wait_for_load_state()
