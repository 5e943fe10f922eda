"""An answer is read no longer, and no more of it, than is wanted."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import brotli
import pytest

from crawler.http.body import decode_text
from crawler.http.client import Client, ClientOptions, FetchedResponse
from crawler.http.errors import FetchError, TransientError
from crawler.http.guard import UrlGuard
from tests.crawler.fake_vcg import FakeVcg, Fault, PictureSlot
from tests.crawler.scripted_server import RequestHandler, ScriptedServer

pytestmark = pytest.mark.no_database
SLOT = PictureSlot("明星", 1, 1, 1)
MEGABYTE = 2**20
COMPRESSORS = [("gzip", partial(gzip.compress, compresslevel=1)), ("br", partial(brotli.compress, quality=1))]


def make_client(host_port: str, **options: float) -> Client:
    client_options = ClientOptions("test", **{"delay_seconds": 0, "max_attempts": 1, **options})  # type: ignore[arg-type]
    return Client(UrlGuard([], [host_port]), client_options, connections_per_host=1, stopped=threading.Event())


@contextmanager
def site_with_fault(fault: Fault) -> Iterator[FakeVcg]:
    with FakeVcg(pages=1, per_page=1, faults={SLOT: fault}, drip_seconds=30) as site:
        yield site


@pytest.mark.parametrize(
    ("fault", "options", "reason"),
    [
        (Fault.DRIP, {"total_timeout_seconds": 0.2}, "too_slow"),  # bytes keep coming, but not all of them in time
        (Fault.STALL, {"read_timeout_seconds": 0.2}, "timeout"),
        (Fault.CUT_OFF, {}, "broken_off"),
    ],
)
def test_a_picture_that_does_not_come_to_its_end_is_given_up(
    fault: Fault, options: dict[str, float], reason: str
) -> None:
    with site_with_fault(fault) as site, pytest.raises(TransientError, match=reason):
        make_client(site.picture_host, **options).get(site.picture_url(SLOT))


def test_a_server_that_does_not_answer_at_all_is_given_up() -> None:
    closing = threading.Event()
    with ScriptedServer(lambda request: closing.wait(20) and None) as server:
        with pytest.raises(TransientError, match="timeout"):
            make_client(server.host_port, read_timeout_seconds=0.2).get(f"{server.url}/a")
        closing.set()


def test_nobody_there_is_trouble() -> None:
    with ScriptedServer(lambda request: None) as server:
        pass
    with pytest.raises(TransientError, match="no_connection"):
        make_client(server.host_port).get(f"{server.url}/a")


@pytest.mark.parametrize("fault", [Fault.ENDLESS, Fault.OVERSIZE])
def test_what_is_too_large_is_read_no_further_and_not_tried_again(fault: Fault) -> None:
    with site_with_fault(fault) as site:
        with pytest.raises(FetchError, match="too_large") as caught:
            make_client(site.picture_host, max_bytes=MEGABYTE, max_attempts=3).get(site.picture_url(SLOT))
        assert not isinstance(caught.value, TransientError)
        assert site.count(SLOT.path) == 1


@pytest.mark.parametrize(("coding", "compress"), COMPRESSORS)
def test_what_is_too_large_only_when_unpacked_is_too_large(coding: str, compress) -> None:
    bomb = compress(bytes(64 * MEGABYTE))
    assert len(bomb) < MEGABYTE
    with (
        ScriptedServer(lambda request: request.respond(200, bomb, Content_Encoding=coding)) as server,
        pytest.raises(FetchError, match="too_large"),
    ):
        make_client(server.host_port, max_bytes=MEGABYTE).get(f"{server.url}/a")


@pytest.mark.parametrize("size", [MEGABYTE, MEGABYTE + 1])
def test_the_limit_itself_is_not_too_large(size: int) -> None:
    with ScriptedServer(lambda request: request.respond(200, bytes(size))) as server:
        web_client = make_client(server.host_port, max_bytes=MEGABYTE)
        if size == MEGABYTE:
            assert len(web_client.get(f"{server.url}/a").data) == MEGABYTE
        else:
            with pytest.raises(FetchError, match="too_large"):
                web_client.get(f"{server.url}/a")


@pytest.mark.parametrize(("coding", "compress"), COMPRESSORS)
def test_a_compressed_page_that_comes_byte_by_byte_is_read_whole(coding: str, compress) -> None:
    text = "明星，动漫人物 " * 40

    def drop(request: RequestHandler) -> None:
        packed = compress(text.encode())
        request.respond(200, b"", "text/html; charset=utf-8", Content_Encoding=coding, Content_Length=len(packed))
        for byte in packed:
            request.wfile.write(bytes([byte]))
            request.wfile.flush()

    with ScriptedServer(drop) as server:
        assert _text(make_client(server.host_port).get(f"{server.url}/a")) == text


def test_what_is_not_what_it_says_it_is_packed_with_is_broken() -> None:
    with (
        ScriptedServer(lambda request: request.respond(200, b"plain", Content_Encoding="gzip")) as server,
        pytest.raises(TransientError, match="broken_off"),
    ):
        make_client(server.host_port).get(f"{server.url}/a")


def test_connections_are_used_again_and_dropped_where_something_was_left_unread() -> None:
    client_addresses: list[tuple[str, int]] = []

    def answer(request: RequestHandler) -> None:
        client_addresses.append(request.client_address)
        request.respond(200, bytes(2 * MEGABYTE if request.path == "/large" else 10))

    with ScriptedServer(answer) as server:
        web_client = make_client(server.host_port, max_bytes=MEGABYTE)
        for path in ("/a", "/b", "/large", "/c"):
            try:
                web_client.get(server.url + path)
            except FetchError:
                assert path == "/large"
    assert len(set(client_addresses[:3])) == 1
    assert client_addresses[3] != client_addresses[2]


@pytest.mark.parametrize(
    ("data", "content_type", "text"),
    [
        ("明星".encode(), "text/html", "明星"),
        ("明星".encode("gb18030"), "text/html; charset=GB2312", "明星"),
        ("㐀🎬".encode("gb18030"), 'text/html; charset="gbk"', "㐀🎬"),
        (b"<meta charset=gb2312>" + "明星".encode("gb18030"), "text/html", "<meta charset=gb2312>明星"),
        (
            b'<META http-equiv="Content-Type" content="text/html; charset=gbk">' + "明".encode("gbk"),
            "",
            '<META http-equiv="Content-Type" content="text/html; charset=gbk">明',
        ),
        ("明星".encode(), "text/html; charset=nonsense", "明星"),
        ("明星".encode(), "text/html; charset=idna", "明星"),
        ("明星".encode(), "text/html; charset=hex", "明星"),
        ("明星".encode(), "text/html; charset=undefined", "明星"),
        (b"a\xff", "text/html", "a\ufffd"),
    ],
)
def test_the_charset_is_the_servers_else_the_pages_else_utf_8(data: bytes, content_type: str, text: str) -> None:
    assert decode_text(data, content_type) == text


def test_who_asks_is_named() -> None:
    seen: dict[str, str] = {}

    def note(request: RequestHandler) -> None:
        seen.update((name.lower(), value) for name, value in request.headers.items())
        request.respond(200)

    with ScriptedServer(note) as server:
        make_client(server.host_port).get(f"{server.url}/a")
    assert seen["user-agent"] == "test"
    assert {"gzip", "br"} <= {name.strip() for name in seen["accept-encoding"].split(",")}


def _text(answer: FetchedResponse) -> str:
    return decode_text(answer.data, answer.content_type)
