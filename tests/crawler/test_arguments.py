"""Arguments that make no sense are refused with a clear message, before anything is asked or written."""

from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command, load_command_class

from crawler.models import Run
from tests.crawler.crawl_helpers import CrawlerProcess, run_command, run_crawl_vcg
from tests.crawler.fake_vcg import FakeVcg

STAR = ("--class", "super_star")


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--pages", "x"], "'x' is not like 3, 1-5 or 2-"),
        (["--pages", "0"], "there is no page in '0'"),
        (["--pages", "5-2"], "there is no page in '5-2'"),
        (["--pages=-3"], "not like 3, 1-5 or 2-"),
        (["--limit", "0"], "0 is not a number from 1"),
        (["--limit", "two"], "invalid number value: 'two'"),
        (["--workers", "0"], "0 is not a number from 1"),
        (["--min-size", "-5"], "-5 is not a number from 1"),
        (["--max-mb", "0"], "0 is not a number from 0.01"),
        (["--delay", "-1"], "-1 is not a number from 0"),
        (["--delay", "nan"], "nan is not a number from 0"),
        (["--backoff", "inf"], "inf is not a number from 0"),
        (["--people", "7"], "invalid choice: '7'"),
        (["--gender", "both"], "invalid choice: 'both'"),
        (["--class", "../etc"], "'../etc' names a folder"),
        (["--class", "明星"], "'明星' names a folder"),
        (["--class", ""], "'' names a folder"),
        (["--class", "a" * 41], "use at most 40 letters"),
        (["--class", "snow"], "no words are known for snow: give them with --phrase"),
        (["--phrase", "雪景"], "--phrase needs one --class, which names its folder"),
        (["--phrase", "雪景", "--class", "a", "b"], "--phrase needs one --class"),
        (["--phrase", " ", "--class", "snow"], "--phrase has no words"),
        (["--base-url", "www.vcg.com"], "is not like https://www.example.com"),
        (["--base-url", "ftp://www.vcg.com"], "is not like https://www.example.com"),
        (["--base-url", "http://a:99999"], "is not like https://www.example.com"),
        (["--allow-host", "example.com"], "'example.com' is not like HOST:PORT"),
        (["--resume", "--fresh"], "not allowed with argument"),
        (["--colour", "red"], "unrecognized arguments: --colour red"),
        (["--output", "x" * 301], "is too long a path"),
    ],
)
def test_each_is_refused_with_a_message(words: list[str], message: str) -> None:
    _status, said = run_command("crawl_vcg", *words)
    assert message in said


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["urls"], "the following arguments are required: --from-urls, --class"),
        (["other", "--from-urls", "f", "--class", "a"], "invalid choice: 'other'"),
        (["urls", "--from-urls", "none.txt", "--class", "a"], "none.txt cannot be read: [Errno 2]"),
        (["urls", "--from-urls", "{folder}", "--class", "a"], "cannot be read: [Errno 21]"),
        (["urls", "--from-urls", "{binary}", "--class", "a"], "cannot be read: 'utf-8' codec"),
        (["urls", "--from-urls", "{empty}", "--class", "a"], "names no address"),
        (["urls", "--from-urls", "{empty}", "--class", "a", "--gender", "any/../.."], "'any/../..' names a folder"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_with_a_message(tmp_path: Path, words: list[str], message: str) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\0")
    (tmp_path / "empty").write_text("# nothing\n\n", "utf-8")
    files = {"folder": tmp_path, "binary": tmp_path / "binary", "empty": tmp_path / "empty"}
    _status, said = run_command("crawl_site", *(word.format(**files) for word in words))
    assert message in said


@pytest.mark.no_database
@pytest.mark.parametrize("name", ["crawl_vcg", "crawl_site"])
def test_the_help_tells_the_exit_statuses_and_whose_the_pictures_are(name: str) -> None:
    told = " ".join(load_command_class("crawler", name).create_parser("manage.py", name).format_help().split())
    assert "Exit status: 0, all went well; 1, some pictures could not be had; 2, stopped, or not begun." in told
    assert "you need the right to use what you collect" in told.lower()


@pytest.mark.no_database
@pytest.mark.parametrize(
    "words", [("--workers", "0"), ("--class", "snow"), ("--pages", "9-1")], ids=["workers", "class", "pages"]
)
def test_a_shell_is_told_by_the_exit_status_and_without_a_traceback(
    crawler_process: CrawlerProcess, words: tuple[str, ...]
) -> None:
    result = crawler_process.run("crawl_vcg", *words)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


@pytest.fixture(scope="module")
def crawler_process(tmp_path_factory: pytest.TempPathFactory) -> CrawlerProcess:
    return CrawlerProcess(tmp_path_factory.mktemp("crawler"), with_database=False)


@pytest.mark.django_db
def test_an_output_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", "utf-8")
    with FakeVcg(pages=1, per_page=1) as site:
        status, said = run_crawl_vcg(site, tmp_path / "file")
        assert site.requests == []
    assert status == 2
    assert "Stopped: [Errno" in said
    assert (tmp_path / "file").read_text("utf-8") == "mine"
    assert not Run.objects.exists()


@pytest.mark.django_db
def test_the_user_agent_names_the_program_and_the_contact(tmp_path: Path, settings: LazySettings) -> None:
    settings.CRAWLER_CONTACT = "https://example.com/crawler"
    with FakeVcg(pages=1, per_page=2) as site:
        assert run_crawl_vcg(site, tmp_path, *STAR)[0] == 0
        agents = {request.headers["user-agent"] for request in site.requests}
    assert agents == {"AnimeGANStudioCrawler/1.0 (+https://example.com/crawler)"}


@pytest.mark.no_database
@pytest.mark.parametrize("contact", ["我@例子.中国", "me@example.com\r\nX-Other: 1"])
def test_a_contact_that_no_header_can_hold_is_refused(contact: str, settings: LazySettings) -> None:
    settings.CRAWLER_CONTACT = contact
    status, said = run_command("crawl_vcg", "--dry-run")
    assert status == 2
    assert "use plain ASCII on one line" in said


@pytest.mark.no_database
@pytest.mark.parametrize(("contact", "reminded"), [("", True), ("me@example.com", False)])
def test_without_a_contact_the_operator_is_reminded_of_it(
    tmp_path: Path, settings: LazySettings, contact: str, reminded: bool
) -> None:
    settings.CRAWLER_CONTACT, error = contact, StringIO()
    (tmp_path / "list").write_text("https://example.com/a.jpg", "utf-8")
    words = ("urls", "--from-urls", str(tmp_path / "list"), "--class", "a", "--dry-run")
    call_command("crawl_site", *words, stdout=StringIO(), stderr=error)
    assert ("Set CRAWLER_CONTACT to an address of yours" in error.getvalue()) == reminded
