"""What every answer tells browsers, pages of errors included.

They run nothing from elsewhere, show it in no frame, and keep it for nobody else.
"""

import re
from collections.abc import Callable
from types import ModuleType

import pytest
from django.conf import LazySettings
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, path

from accounts.models import User
from animegan_site import urls
from tests.conftest import PASSWORD
from tests.needs import ROOT

MISSING = "00000000-0000-0000-0000-000000000000"
CAUSE = "a secret of the server: /srv/animegan/var"
Ask = Callable[[Client], HttpResponse]
# Each kind of answer: its status, and how it is come by.
ANSWERS: dict[str, tuple[int, Ask]] = {
    "a page": (200, lambda client: client.get("/learning/")),
    "a form": (200, lambda client: client.get("/accounts/password/reset/")),
    "a page of the site": (200, lambda client: client.get("/works/")),
    "JSON": (200, lambda client: client.get("/healthz")),
    "a script": (200, lambda client: client.get("/texts.js")),
    "a picture": (200, lambda client: client.get("/styles/comic.webp")),
    "a redirect": (302, lambda client: client.post("/accounts/language/", {"language": "en"})),
    "a host name of somebody else": (400, lambda client: client.get("/", headers={"host": "evil.example"})),
    "more fields than anybody fills in": (
        400,
        lambda client: client.post("/works/selection/", {"works": ["x"] * 1500}),
    ),
    "a form of another site": (403, lambda client: _strict(client).post("/studio/")),
    "what does not exist": (404, lambda client: client.get(f"/works/{MISSING}/")),
    "what cannot be done": (405, lambda client: client.put("/studio/")),
    "a fault of the site": (500, lambda client: client.get("/broken/")),
}


def _strict(client: Client) -> Client:
    client.handler.enforce_csrf_checks = True
    return client


def _break(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(CAUSE)


@pytest.fixture
def client(owner_client: Client, settings: LazySettings) -> Client:
    """The owner's, on a site that has one URL more, which is broken."""
    routes = ModuleType("urls_with_a_fault")
    patterns: list[URLPattern | URLResolver] = [*urls.urlpatterns, path("broken/", _break)]
    routes.__dict__.update(
        urlpatterns=patterns, handler400=urls.handler400, handler404=urls.handler404, handler500=urls.handler500
    )
    settings.ROOT_URLCONF = routes
    owner_client.raise_request_exception = False
    return owner_client


@pytest.mark.parametrize("name", ANSWERS)
def test_no_answer_lets_a_browser_run_or_frame_what_is_not_ours(client: Client, name: str) -> None:
    status, ask = ANSWERS[name]
    response = ask(client)
    assert response.status_code == status
    policy = response["Content-Security-Policy"]
    for directive in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert directive in policy
    assert "unsafe" not in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    if response["Content-Type"].startswith("text/"):
        assert re.search(r'; charset="?utf-8"?$', response["Content-Type"])


@pytest.mark.parametrize("name", ["a page of the site", "what does not exist", "what cannot be done"])
def test_shared_caches_keep_nothing_of_who_is_logged_in(client: Client, name: str) -> None:
    response = ANSWERS[name][1](client)
    assert "private" in response["Cache-Control"]
    assert "Cookie" in response["Vary"]


def test_the_page_of_a_fault_does_not_tell_its_cause(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    for headers in ({"accept": "text/html"}, {"accept": "application/json"}):
        response = client.get("/broken/", headers=headers)
        assert response.status_code == 500
        for secret in (CAUSE, "RuntimeError", "Traceback", ".py"):
            assert secret not in response.content.decode()
    assert CAUSE in caplog.text  # the operator finds it in the log


def test_cookies_are_out_of_the_reach_of_scripts_and_other_sites(owner: User, anonymous: Client) -> None:
    anonymous.get("/accounts/login/")
    token = anonymous.cookies["csrftoken"]
    anonymous.post("/accounts/login/", {"username": "Mia", "password": PASSWORD})
    session = anonymous.cookies["sessionid"]
    assert (session["httponly"], session["samesite"], token["samesite"]) == (True, "Lax", "Lax")
    assert not session["domain"]  # for this host alone


def test_no_page_loads_anything_from_another_host(owner_client: Client, anonymous: Client) -> None:
    for browser, page in (
        (anonymous, "/"),
        (anonymous, "/learning/"),
        (owner_client, "/studio/"),
        (owner_client, "/videos/"),
    ):
        html = browser.get(page).content.decode()
        assert not re.findall(r"<(?:script|img|link|iframe|video|source)[^>]*(?:src|href)=\"(?:https?:)?//[^\"]*", html)


def test_nginx_passes_on_what_the_site_says_about_a_file(owner_client: Client, settings: LazySettings) -> None:
    """Of an answer that names a file, nginx drops most headers unless its settings name them."""
    settings.SECURE_HSTS_SECONDS = 60
    document = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    block = document.partition("location /protected/ {")[2].partition("}")[0]
    passed_on = dict(re.findall(r"add_header ([\w-]+) +\$upstream_http_(\w+);", block))
    assert all(name.lower().replace("-", "_") == variable for name, variable in passed_on.items())
    sent = owner_client.get("/studio/", secure=True).headers
    kept = {"Content-Type", "Content-Length", "Content-Language", "Cache-Control"}
    assert {name for name in sent if name not in kept} <= set(passed_on)


def test_static_files_are_no_folders_to_look_into(anonymous: Client) -> None:
    for folder in ("/static/", "/static/js/", "/static/../var/", "/media/", "/var/secret_key"):
        assert anonymous.get(folder).status_code == 404


@pytest.mark.parametrize("page", ["/admin/", "/admin/status/", "/admin/accounts/user/", "/admin/gallery/exhibit/"])
def test_pages_of_staff_need_no_inline_script_either(admin_client: Client, owner: User, page: str) -> None:
    response = admin_client.get(page)
    html = response.content.decode()
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]
    assert not re.findall(r"<script(?![^>]* src=)[^>]*>(?!\s*{)|\son[a-z]+=\"|<style", html)
