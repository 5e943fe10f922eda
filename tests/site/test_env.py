"""Settings that hosts, origins and paths are read from."""

import pytest
from environs import ValidationError

from animegan_site.env import parse_hosts, parse_origins, parse_script_name, parse_site_url

pytestmark = pytest.mark.no_database


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("a.example.org, b.example.org", ["a.example.org", "b.example.org"]),
        (" a.example.org ,\n\tb.example.org, ", ["a.example.org", "b.example.org"]),
        ("localhost,127.0.0.1,[::1]", ["localhost", "127.0.0.1", "[::1]"]),
        (".example.org", [".example.org"]),
        ("my_host", ["my_host"]),
        ("*", ["*"]),
    ],
)
def test_hosts_are_separated_by_commas_with_or_without_spaces(text: str, hosts: list[str]) -> None:
    assert parse_hosts(text) == hosts


@pytest.mark.parametrize(
    "host",
    [
        "https://a.example.org",
        "a.example.org:8000",
        "a.example.org/",
        "a.example.org b.example.org",
        "a.example.org;b.example.org",
        "'a.example.org'",
        "*.example.org",
        "a..example.org",
        "a.example.org.",
        "::1",
        "[::zz]",
        "bücher.example",
    ],
)
def test_what_can_be_no_host_is_refused_by_name(host: str) -> None:
    with pytest.raises(ValidationError) as refused:
        parse_hosts(f"localhost, {host}")
    assert repr(host) in str(refused.value)


@pytest.mark.parametrize("text", ["", " ", ","])
def test_a_list_of_hosts_without_a_host_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="names no host"):
        parse_hosts(text)


def test_origins_are_separated_by_commas_with_or_without_spaces() -> None:
    text = "https://a.example.org, http://B.example.org:8000 ,https://*.example.org,http://[::1]:8000,"
    expected = ["https://a.example.org", "http://b.example.org:8000", "https://*.example.org", "http://[::1]:8000"]
    assert parse_origins(text) == expected
    assert parse_origins(" ") == []


@pytest.mark.parametrize(
    "origin",
    [
        "a.example.org",
        "https://a.example.org/",
        "https://a.example.org/anime",
        "https://a.example.org:port",
        "https://a.example.org https://b.example.org",
        "https://user:word@a.example.org",
        "ftp://a.example.org",
        "https://*",
        "*",
        "https://",
    ],
)
def test_what_can_be_no_origin_is_refused_by_name(origin: str) -> None:
    with pytest.raises(ValidationError) as refused:
        parse_origins(f"https://b.example.org, {origin}")
    assert repr(origin) in str(refused.value)


@pytest.mark.parametrize(
    ("text", "path"), [("", ""), ("/", ""), ("/anime", "/anime"), ("/anime/", "/anime"), (" /a/b-c ", "/a/b-c")]
)
def test_a_path_that_the_site_lies_below_begins_with_a_slash_and_ends_without(text: str, path: str) -> None:
    assert parse_script_name(text) == path


@pytest.mark.parametrize("text", ["anime", "//anime", "/a b", "/anime?", "/../anime", "https://example.org/anime"])
def test_what_can_be_no_path_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        parse_script_name(text)
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize(
    ("text", "script_name", "origin"),
    [
        ("", "", ""),
        ("https://anime.example.org/", "", "https://anime.example.org"),
        (" https://anime.example.org:8443 ", "", "https://anime.example.org:8443"),
        ("https://example.org/anime/", "/anime", "https://example.org"),
        ("https://example.org", "/anime", "https://example.org"),
    ],
)
def test_the_url_of_the_site_may_end_with_the_path_that_it_lies_below(text: str, script_name: str, origin: str) -> None:
    assert parse_site_url(text, script_name=script_name) == origin


@pytest.mark.parametrize("text", ["anime.example.org", "https://example.org/other", "https://a b", "https://a.org?x=1"])
def test_what_can_be_no_url_of_the_site_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        parse_site_url(text, script_name="/anime")
    assert repr(text) in str(refused.value)
