"""Only addresses that are meant are asked, and none in a private network."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from crawler.http import guard
from crawler.http.client import Client, ClientOptions
from crawler.http.errors import Forbidden, TransientError
from crawler.http.guard import UrlGuard, is_public_ip, parse_host_port
from crawler.sources.vcg import VcgSource
from tests.crawler.fake_vcg import FakeVcg, PictureSlot

pytestmark = pytest.mark.no_database
PUBLIC = "93.184.215.14"
SLOT = PictureSlot("明星", 1, 1, 1)


def make_client(guard: UrlGuard) -> Client:
    return Client(
        guard, ClientOptions("test", delay_seconds=0, max_attempts=1), connections_per_host=1, stopped=threading.Event()
    )


@pytest.fixture
def site() -> Iterator[FakeVcg]:
    with FakeVcg(pages=1, per_page=1) as site:
        yield site


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that connections were made to; none of them answers."""
    ips: list[str] = []

    def refuse(_family: int, _kind: int, _protocol: int, sockaddr: Any, _connection: object) -> socket.socket:
        ips.append(sockaddr[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(guard, "open_socket", refuse)
    return ips


def resolve_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
    """Names lead to these addresses: to the first of the answers when first asked, and so on."""
    left = list(answers)

    def found(_host: str, port: int, **_options: Any) -> list[tuple[Any, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in left.pop(0)]

    monkeypatch.setattr(guard.socket, "getaddrinfo", found)


@pytest.mark.parametrize(
    "ip",
    [
        *(
            "127.0.0.1",
            "127.8.8.8",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
        ),
        *("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1"),
        *(
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::10.0.0.1",
            "2002:7f00:1::",
            "2002:a00:1::",
        ),
        *(
            "fec0::1",
            "fec0::a00:1",
            "feff:ffff::1",
            "64:ff9b:1::808:808",
            "64:ff9b:1:7f00:1::",
            "::127.0.0.1",
            "::8.8.8.8",
        ),
        *(
            "::ffff:0:808:808",
            "3fff::1",
            "3fff:fff::1",
            "5f00::1",
            "100::1",
            "100:0:0:1::1",
            "4000::1",
            "fd00:ec2::254",
        ),
        *("2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2001:0:4136:e378:8000:63bf:f5ff:fffe", "1::"),
        *("2606:2800:21f:cb07:0:5efe:10.0.0.1", "2606:2800:21f:cb07:200:5efe:127.0.0.1", "2002:c0a8:101::1"),
        *(
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "240.0.0.1",
            "239.1.1.1",
        ),
    ],
)
def test_an_address_that_is_not_everybodys_is_not_public(ip: str) -> None:
    assert not is_public_ip(ip)


@pytest.mark.parametrize(
    "ip",
    [
        PUBLIC,
        "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
        "2a00:1450:4001:82a::200e",
        "2001:4860:4860::8888",
        "2400:3200::1",
        "2c0f:fb50::1",
        "1.1.1.1",
        "223.5.5.5",
        "100.128.0.1",
        "172.32.0.1",
    ],
)
def test_an_address_of_the_internet_is_public(ip: str) -> None:
    assert is_public_ip(ip)


@pytest.mark.parametrize(
    "url",
    [
        *("", "x", "ftp://a.com/x.jpg", "file:///etc/passwd", "//a.com/x.jpg", "http:///x.jpg", "http://[::1/x.jpg"),
        *(
            "http://a.com:99999/",
            "http://me@a.com/",
            "http://a.com\\@b.com/",
            "http://a.com\\b.com/",
            "http://a b.com/",
        ),
        *("http://*/x.jpg", "http://a.com%2eb.com/", "javascript:alert(1)", "data:image/png;base64,AAAA"),
    ],
)
def test_what_is_no_plain_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(Forbidden, match="bad_address"):
        UrlGuard(["a.com", "b.com", "*"]).check_url(url)


def test_an_address_has_a_host_and_a_port() -> None:
    assert parse_host_port("http://Goss1.VCG.com/x.jpg") == "goss1.vcg.com:80"
    assert parse_host_port("https://goss.vcg.com/x.jpg") == "goss.vcg.com:443"
    assert parse_host_port("http://[2001:db8::1]:81/") == "2001:db8::1:81"


@pytest.mark.parametrize("host", ["www", "goss", "goss1", "goss4", "alifei", "alifei02"])
def test_the_sites_own_hosts_are_asked(host: str) -> None:
    UrlGuard(VcgSource.hosts).check_url(f"https://{host}.vcg.com/creative/vcg/800/a.jpg")


@pytest.mark.parametrize(
    "url",
    [
        *("http://evil.com/", "http://goss1.vcg.com.evil.com/", "http://evilvcg.com/", "http://goss12.vcg.com/"),
        *("http://goss1.vcg.com:8080/", "https://goss1.vcg.com:80/", "http://127.0.0.1/", "http://[::1]/"),
    ],
)
def test_other_hosts_and_ports_are_not(url: str) -> None:
    with pytest.raises(Forbidden, match="other_host"):
        UrlGuard(VcgSource.hosts).check_url(url)


def test_a_host_that_leads_into_a_private_network_is_not_even_connected_to(
    site: FakeVcg, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    port = site.trap_host.partition(":")[2]
    for private in (["127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"]):
        resolve_to(monkeypatch, private)
        with pytest.raises(Forbidden, match=f"private_address: goss1.vcg.com is {private[0]}"):
            make_client(UrlGuard([f"goss1.vcg.com:{port}"])).get(f"http://goss1.vcg.com:{port}/x.jpg")
    assert opened == site.trapped == []


def test_a_name_that_changes_its_address_gains_nothing(opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, [PUBLIC], ["127.0.0.1"])
    web_client = make_client(UrlGuard(["goss1.vcg.com"]))
    with pytest.raises(TransientError, match="no_connection"):  # a name is looked up once a connection
        web_client.get("http://goss1.vcg.com/x.jpg")
    with pytest.raises(Forbidden, match="private_address"):
        web_client.get("http://goss1.vcg.com/x.jpg")
    assert opened == [PUBLIC]


def test_a_private_address_behind_a_public_one_is_not_connected_to(
    opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve_to(monkeypatch, [PUBLIC, "10.0.0.1"])
    with pytest.raises(Forbidden, match="private_address"):
        make_client(UrlGuard(["goss1.vcg.com"])).get("http://goss1.vcg.com/x.jpg")
    assert opened == [PUBLIC]


def test_a_name_that_cannot_be_one_is_refused() -> None:
    host = "a" * 70 + ".com"
    with pytest.raises(Forbidden, match="bad_address"):
        make_client(UrlGuard([host])).get(f"http://{host}/x.jpg")


def test_a_private_host_has_to_be_named_by_the_operator(site: FakeVcg) -> None:
    url = site.picture_url(SLOT)
    with pytest.raises(Forbidden, match="private_address"):
        make_client(UrlGuard([site.picture_host])).get(url)
    with pytest.raises(Forbidden, match="other_host"):
        make_client(UrlGuard([], [site.trap_host])).get(url)
    assert make_client(UrlGuard([], [site.picture_host])).get(url).data == site.picture(SLOT)


def test_a_proxy_in_the_environment_is_not_used(site: FakeVcg, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://{site.trap_host}")
    assert make_client(UrlGuard([], [site.picture_host])).get(site.picture_url(SLOT)).data == site.picture(SLOT)
    assert site.trapped == []
