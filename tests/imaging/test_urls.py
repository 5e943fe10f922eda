"""Which URLs may become links."""

import pytest

from imaging.urls import is_web_url

pytestmark = pytest.mark.no_database


@pytest.mark.parametrize(
    "url",
    ["https://example.org/cc0", "http://example.org:8080/a?b=c#d", "https://[2001:db8::1]/", "HTTPS://Example.org"],
)
def test_whole_urls_of_the_web_may(url: str) -> None:
    assert is_web_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "https:javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:msgbox(1)",
        "file:///etc/passwd",
        "//example.org/x",
        "/admin/logout/",
        "LICENSE.txt",
        "https://",
        "https:///path",
        "https://example.org:port/",
        "https://[::1/",
        "https://example.org@evil.example/",
        "https://example.org\\@evil.example/",
        "https://example.org/ javascript:alert(1)",
        'https://example.org/"onclick="alert(1)',
        "https://example.org/\u202egpj.exe",
        "https://example.org/" + "a" * 3000,
    ],
)
def test_all_else_may_not(url: str) -> None:
    assert not is_web_url(url)
