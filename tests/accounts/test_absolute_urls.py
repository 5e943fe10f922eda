"""Links that leave the site lead to where the operator says that it is, whatever a request's Host header claims."""

import re

import pytest
from django.conf import LazySettings
from django.core.mail import EmailMessage
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.absolute_urls import build_absolute_url
from accounts.mail.sender import send_due_mails
from accounts.models import User
from tests.gallery.exhibits import show


@pytest.mark.parametrize(
    ("host", "port", "origin"),
    [
        ("testserver", "80", "http://testserver"),
        ("testserver:8000", "8000", "http://testserver:8000"),  # the server listens there
        ("testserver:666", "8000", "http://testserver"),
        ("testserver:8443", "8000", "http://testserver:8443"),  # the settings name it
        ("[::1]:666", "8000", "http://[::1]"),
    ],
)
def test_a_port_is_believed_only_where_the_server_or_the_settings_say_so(
    rf: RequestFactory, settings: LazySettings, host: str, port: str, origin: str
) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "[::1]"]
    settings.CSRF_TRUSTED_ORIGINS = ["http://testserver:8443"]
    assert build_absolute_url("/works/", rf.get("/", HTTP_HOST=host, SERVER_PORT=port)) == f"{origin}/works/"


@pytest.mark.parametrize(
    ("site_url", "origin"),
    [("", "http://testserver"), ("https://anime.example.org:8443", "https://anime.example.org:8443")],
)
def test_the_link_of_a_password_reset_leads_to_the_site(
    anonymous: Client,
    owner: User,
    settings: LazySettings,
    mailoutbox: list[EmailMessage],
    site_url: str,
    origin: str,
) -> None:
    settings.SITE_URL = site_url
    anonymous.post(reverse("accounts:password_reset"), {"email": owner.email}, HTTP_HOST="testserver:666")
    send_due_mails()
    (message,) = mailoutbox
    assert re.findall(r"^http.*(?=/accounts/)", str(message.body), re.MULTILINE) == [origin]


def test_search_engines_and_shared_links_are_told_the_url_of_the_site(
    anonymous: Client, owner: User, settings: LazySettings
) -> None:
    settings.PUBLIC_GALLERY, settings.SITE_URL = True, "https://anime.example.org"
    page = reverse("gallery:exhibit", args=[show(owner).work_key])
    told = {
        path: re.findall(
            r"(?:https?:)?//[^/\s<\"]+(?=/)", anonymous.get(path, HTTP_HOST="testserver:666").content.decode()
        )
        for path in ("/robots.txt", "/sitemap.xml", "/sitemap-pages.xml", "/sitemap-exhibits.xml", "/gallery/", page)
    }
    others = {"http://www.sitemaps.org", "http://www.w3.org", "https://creativecommons.org"}
    for path, urls in told.items():
        assert set(urls) - others == {"https://anime.example.org"}, path
