import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imaging.weights_files import find_digest_mismatch
from inference import download
from inference.download import download_file
from inference.errors import BadWeights, DownloadFailed
from inference.styles import Style, read_manifest
from tests.inference.weights_server import (
    BODY,
    Answer,
    Handler,
    WeightsServer,
    corrupt,
    endless,
    entry,
    git_blob_id,
    misplaced,
    promising,
    redirect,
    right,
    stalled,
    status,
    truncated,
    without_length,
    without_ranges,
    write_manifest,
)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "RETRY_PAUSE_SECONDS", 0)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def server() -> Iterator[WeightsServer]:
    with WeightsServer() as running:
        yield running


@pytest.fixture
def ink(server: WeightsServer, tmp_path: Path) -> Style:
    """A style whose file the server has at /ink.pt."""
    return _style(tmp_path, source=server.serves("/ink.pt", right()))


def _style(folder: Path, **changes: Any) -> Style:
    return read_manifest(write_manifest(folder, entry(**changes)))["ink"]


def _part(style: Style) -> Path:
    return style.path.with_name("ink.pt.part")


def _ranges(server: WeightsServer) -> list[str | None]:
    return [asked for _, asked in server.asked]


def test_a_file_with_the_right_sha256_is_kept_under_its_name(ink: Style) -> None:
    assert download_file(ink) == ink.path
    assert ink.path.read_bytes() == BODY
    assert not _part(ink).exists()


def test_a_file_with_the_right_git_blob_id_is_kept(server: WeightsServer, tmp_path: Path) -> None:
    source = server.serves("/ink.pt", right())
    style = _style(tmp_path, source=source, sha256=None, git_blob=git_blob_id(BODY))
    assert download_file(style).read_bytes() == BODY


def test_git_blob_ids_are_those_that_git_gives(tmp_path: Path) -> None:
    path = tmp_path / "hello"
    path.write_bytes(b"hello\n")
    style = _style(tmp_path, sha256=None, git_blob="ce013625030ba8dba906f756967f9e9ca394464a")
    assert find_digest_mismatch(style, path) == ""


@pytest.mark.parametrize("hash_name", ["sha256", "git_blob"])
def test_a_corrupt_file_leaves_nothing_and_is_told_by_both_ids(
    server: WeightsServer, tmp_path: Path, hash_name: str
) -> None:
    body = BODY[:-1] + bytes([BODY[-1] ^ 1])
    wanted = {"sha256": hashlib.sha256(BODY).hexdigest(), "git_blob": git_blob_id(BODY)}[hash_name]
    actual = {"sha256": hashlib.sha256(body).hexdigest(), "git_blob": git_blob_id(body)}[hash_name]
    style = _style(tmp_path, source=server.serves("/ink.pt", corrupt()), **{"sha256": None, hash_name: wanted})
    with pytest.raises(BadWeights, match=rf"ink\.pt.*{actual}.*{wanted}"):
        download_file(style)
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_both_ids_must_be_right_where_the_manifest_has_both(server: WeightsServer, tmp_path: Path) -> None:
    style = _style(tmp_path, source=server.serves("/ink.pt", right()), git_blob="0" * 40)
    with pytest.raises(BadWeights, match="git blob id"):
        download_file(style)


def test_a_file_that_is_there_and_right_is_not_downloaded_again(server: WeightsServer, ink: Style) -> None:
    ink.path.write_bytes(BODY)
    assert download_file(ink) == ink.path
    assert server.asked == []


def test_a_file_that_is_there_but_wrong_is_replaced(ink: Style) -> None:
    ink.path.write_bytes(b"wrong")
    assert download_file(ink).read_bytes() == BODY


def test_an_old_file_stays_where_the_new_one_is_corrupt(server: WeightsServer, ink: Style) -> None:
    server.serves("/ink.pt", corrupt())
    ink.path.write_bytes(b"old")
    with pytest.raises(BadWeights):
        download_file(ink)
    assert ink.path.read_bytes() == b"old"


def test_a_truncated_transfer_is_resumed_from_where_it_stopped(server: WeightsServer, ink: Style) -> None:
    server.serves("/ink.pt", truncated(100_001), right())
    assert download_file(ink).read_bytes() == BODY
    assert _ranges(server) == [None, "bytes=100001-"]


def test_a_transfer_that_stops_again_and_again_keeps_what_it_has(server: WeightsServer, ink: Style) -> None:
    server.serves("/ink.pt", truncated(1000))
    with pytest.raises(DownloadFailed, match=f"4000 of {len(BODY)} bytes.*running again resumes"):
        download_file(ink)
    assert _part(ink).read_bytes() == BODY[:4000]
    assert not ink.path.exists()


def test_a_later_call_resumes_what_an_earlier_one_left(server: WeightsServer, ink: Style) -> None:
    _part(ink).write_bytes(BODY[:5000])
    assert download_file(ink).read_bytes() == BODY
    assert _ranges(server) == ["bytes=5000-"]


def test_a_server_that_sends_less_at_a_time_is_asked_for_the_rest(server: WeightsServer, ink: Style) -> None:
    def first_thousand(handler: Handler) -> None:
        handler.start(206, Content_Range=f"bytes 0-999/{len(BODY)}", Content_Length=1000)
        handler.wfile.write(BODY[:1000])

    server.serves("/ink.pt", first_thousand, right())
    assert download_file(ink).read_bytes() == BODY
    assert _ranges(server) == [None, "bytes=1000-"]


def test_a_server_that_ignores_ranges_is_read_from_the_start(server: WeightsServer, ink: Style) -> None:
    server.serves("/ink.pt", without_ranges())
    _part(ink).write_bytes(b"x" * 5000)
    assert download_file(ink).read_bytes() == BODY
    assert _ranges(server) == ["bytes=5000-"]


def test_a_range_from_another_place_is_not_appended(server: WeightsServer, ink: Style) -> None:
    server.serves("/ink.pt", misplaced(4000), right())
    _part(ink).write_bytes(BODY[:5000])
    assert download_file(ink).read_bytes() == BODY
    assert _ranges(server) == ["bytes=5000-", None]


def test_a_server_that_only_sends_misplaced_ranges_is_given_up(server: WeightsServer, ink: Style) -> None:
    server.serves("/ink.pt", misplaced(4000))
    with pytest.raises(DownloadFailed, match="stopped at 0"):
        download_file(ink)
    assert len(server.asked) == download.MAX_ATTEMPTS


def test_a_part_that_is_whole_already_is_verified_and_kept(server: WeightsServer, ink: Style) -> None:
    _part(ink).write_bytes(BODY)
    assert download_file(ink).read_bytes() == BODY
    assert _ranges(server) == [f"bytes={len(BODY)}-"]


def test_a_part_that_is_too_long_is_started_again(server: WeightsServer, ink: Style) -> None:
    _part(ink).write_bytes(b"x" * (len(BODY) + 10))
    assert download_file(ink).read_bytes() == BODY
    assert _ranges(server) == [f"bytes={len(BODY) + 10}-", None]


def test_a_part_of_another_file_is_found_out_and_the_next_call_succeeds(ink: Style) -> None:
    _part(ink).write_bytes(b"x" * 5000)
    with pytest.raises(BadWeights):
        download_file(ink)
    assert download_file(ink).read_bytes() == BODY


def test_a_body_of_unknown_length_is_read_to_its_end(server: WeightsServer, ink: Style) -> None:
    server.serves("/ink.pt", without_length())
    assert download_file(ink).read_bytes() == BODY


@pytest.mark.parametrize("code", [404, 416, 500])
def test_a_refusal_names_the_status_and_the_address(server: WeightsServer, ink: Style, code: int) -> None:
    server.serves("/ink.pt", status(code))
    with pytest.raises(DownloadFailed, match=rf"{ink.source}.*{code}"):
        download_file(ink)
    assert len(server.asked) == 1


def test_a_refusal_keeps_what_had_arrived_before(server: WeightsServer, ink: Style) -> None:
    server.serves("/ink.pt", status(500))
    _part(ink).write_bytes(BODY[:5000])
    with pytest.raises(DownloadFailed):
        download_file(ink)
    assert _part(ink).read_bytes() == BODY[:5000]


def test_redirects_are_followed_with_the_range(server: WeightsServer, ink: Style) -> None:
    server.serves("/ink.pt", redirect("/moved/here.pt"))
    server.serves("/moved/here.pt", right())
    _part(ink).write_bytes(BODY[:5000])
    assert download_file(ink).read_bytes() == BODY
    assert server.asked == [("/ink.pt", "bytes=5000-"), ("/moved/here.pt", "bytes=5000-")]


@pytest.mark.parametrize("to", ["file:///etc/hostname", "ftp://127.0.0.1/ink.pt", "http://[::1"])
def test_redirects_away_from_the_web_are_not_followed(server: WeightsServer, ink: Style, to: str) -> None:
    server.serves("/ink.pt", redirect(to))
    with pytest.raises(DownloadFailed, match="only http and https"):
        download_file(ink)


def test_redirects_in_a_circle_end(server: WeightsServer, ink: Style) -> None:
    server.serves("/ink.pt", redirect("/ink.pt"))
    with pytest.raises(DownloadFailed, match="redirects"):
        download_file(ink)


@pytest.mark.parametrize("answer", [endless, promising(2**40)])
def test_a_body_over_the_limit_is_cut_off_and_not_kept(
    server: WeightsServer, ink: Style, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "MAX_BYTES", 2**20)
    server.serves("/ink.pt", answer)
    with pytest.raises(DownloadFailed, match="larger than the 1 MB"):
        download_file(ink)
    assert not _part(ink).exists()


def test_a_server_that_falls_silent_is_given_up(
    server: WeightsServer, ink: Style, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "TIMEOUT_SECONDS", (1, 0.1))
    server.serves("/ink.pt", stalled)
    with pytest.raises(DownloadFailed, match="timed out"):
        download_file(ink)


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with WeightsServer() as gone:
        url = gone.url("/ink.pt")
    with pytest.raises(DownloadFailed, match=f"{url}.*0 bytes"):
        download_file(_style(tmp_path, source=url))


def test_a_mirror_has_the_files_under_their_own_names(server: WeightsServer, tmp_path: Path) -> None:
    server.serves("/mirror/ink.pt", right())
    style = _style(tmp_path, source="https://example.invalid/elsewhere/other.pt")
    assert download_file(style, base_url=server.url("/mirror/")).read_bytes() == BODY


def test_a_style_without_an_address_says_where_it_comes_from(tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match=r"ink has no download address.*weights/MODEL_CARD\.md"):
        download_file(_style(tmp_path))


def test_progress_is_told_from_the_resumed_place_to_the_end(ink: Style) -> None:
    _part(ink).write_bytes(BODY[:5000])
    told: list[tuple[int, int | None]] = []
    download_file(ink, progress=lambda had, total: told.append((had, total)))
    assert told[0] == (5000, len(BODY))
    assert told[-1] == (len(BODY), len(BODY))
    assert told == sorted(told)
