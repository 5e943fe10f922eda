"""Somebody who uses a site over HTTP, as a browser's scripts do."""

import re
import time

import requests

TIMEOUT = 200  # of an answer: longer than any wait that the site allows
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
STYLE, DETAIL = "comic", "balanced"


class Visitor:
    """Somebody with an account and a browser's cookies."""

    def __init__(self, url: str, name: str, password: str) -> None:
        self.url, self.name, self.password = url, name, password
        self.session = requests.Session()
        self.session.hooks["response"].append(self._answered)
        self.token = ""
        self.last_answer = 0.0  # when, by the monotonic clock

    def _answered(self, response: requests.Response, **_more: object) -> None:
        self.last_answer = time.monotonic()

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.url + path, timeout=TIMEOUT)

    def post(self, path: str, data: dict[str, str], **more: object) -> requests.Response:
        form = data | {"csrfmiddlewaretoken": self.token}
        return self.session.post(self.url + path, data=form, timeout=TIMEOUT, **more)  # type: ignore[arg-type]

    def open(self, path: str) -> requests.Response:
        """A page with a form, whose token the next ones are sent with."""
        response = self.get(path)
        if found := TOKEN.search(response.text):
            self.token = found[1]
        return response

    def log_in(self) -> None:
        """Raises RuntimeError."""
        self.open("/accounts/login/")
        self.post("/accounts/login/", {"username": self.name, "password": self.password})
        if "sessionid" not in self.session.cookies:
            raise RuntimeError(f"{self.name} could not log in to {self.url}")
        self.open("/studio/")

    def sign_up(self) -> None:
        """Raises RuntimeError."""
        self.open("/accounts/signup/")
        form = {"username": self.name, "email": f"{self.name}@example.com"}
        answer = self.post("/accounts/signup/", form | {"password1": self.password, "password2": self.password})
        if "sessionid" not in self.session.cookies:
            raise RuntimeError(f"{self.name} could not sign up: {answer.status_code}; is SIGNUPS_PER_HOUR high enough?")
        self.open("/studio/")

    def upload(self, photo: bytes, *, detail: str = DETAIL, style: str = STYLE, ticket: str = "") -> requests.Response:
        files = {"photos": ("photo.jpg", photo, "image/jpeg")}
        headers = {"Accept": "application/json", "X-Ticket": ticket}
        return self.post("/studio/", {"style": style, "detail": detail}, files=files, headers=headers)
