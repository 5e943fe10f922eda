"""A folder that was crawled and a data set that was made of it before the renames: nothing is done twice."""

import hashlib
import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from crawler.models import Item, PageRead, Run
from tests.compatibility.conftest import FACTS, copy_of
from tests.crawler.crawl_helpers import run_crawl_vcg
from tests.crawler.fake_vcg import FakeVcg

pytestmark = pytest.mark.mariadb
CRAWLED_AT_NS = 1_700_000_000 * 10**9
PHRASES = {"super_star": "明星", "cartoon": "动漫人物"}


def crawled(folder: Path) -> Path:
    """The old folder, with the times of its files, by which a data set knows them."""
    copy = copy_of("crawled", folder)
    for path in copy.rglob("*"):
        os.utime(path, ns=(CRAWLED_AT_NS, CRAWLED_AT_NS))
    return copy


def _digest(*parts: object) -> str:
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


def move_rows(root: Path, site: FakeVcg) -> None:
    """Let the rows name this folder and this site, as if the old crawl had written there."""
    for item in Item.objects.all():
        url = item.url.replace(FACTS["crawl"]["picture_host"], site.picture_host)
        assert item.key == _digest(item.output, f"{item.label}/{item.gender}", item.url)
        keys = {"key": _digest(root, f"{item.label}/{item.gender}", url), "url_key": _digest(root, url)}
        Item.objects.filter(pk=item.pk).update(**keys, output=str(root), url=url)
    for label, phrase in PHRASES.items():
        old, new = (_digest(output, "vcg", phrase, f"{label}/male", 1) for output in (FACTS["crawl"]["output"], root))
        assert PageRead.objects.filter(key=old).update(key=new) == 1


def tree(folder: Path) -> dict[str, Any]:
    files = (path for path in folder.rglob("*") if path.is_file() and ".incoming" not in path.parts)
    return {path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def states() -> dict[str, str]:
    return {f"{item.label} {item.page} {item.position}": item.state for item in Item.objects.all()}


def test_an_old_crawl_goes_on_and_asks_for_nothing_twice(old_database: None, tmp_path: Path) -> None:
    root = crawled(tmp_path)
    before = {name: stored for name, stored in tree(root).items() if name.endswith(".jpg")}
    assert len(before) == 4
    with FakeVcg(pages=2, per_page=3) as site:
        move_rows(root.resolve(), site)
        kept = {item.url for item in Item.objects.filter(state__in=["kept", "saving"])}
        status, said = run_crawl_vcg(site, root, "--gender", "male", "--pages", "1-2")
        assert status == 0, said
        asked = [request.path for request in site.requests]
        assert not [path for path in asked for address in kept if address.endswith(path)]
        assert not [path for path in asked if "page=1" in path]
        assert sum("page=2" in path for path in asked) == 2
        assert {name: tree(root)[name] for name in before} == before, "the old files are as they were"
        now = states()
        assert [now[f"super_star 1 {place}"] for place in (1, 2, 3)] == ["kept", "failed", "kept"]
        assert [now[f"cartoon 1 {place}"] for place in (1, 2, 3)] == ["kept", "kept", "failed"]

        asked_before = len(site.requests)
        status, said = run_crawl_vcg(site, root, "--gender", "male", "--pages", "1-2", "--retry")
        assert status == 0, said
        pictures = [request.path for request in site.requests[asked_before:] if request.path.endswith(".jpg")]
        assert len(pictures) == 1, "what had failed for good is not tried again"
    assert states()["super_star 1 2"] == "kept"
    lines = (root / "super_star" / "manifest.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == 6
    assert Run.objects.count() == 3


@pytest.mark.no_database
def test_an_old_data_set_is_gone_on_with_and_nothing_is_looked_at_twice(tmp_path: Path) -> None:
    root, output = crawled(tmp_path), copy_of("dataset", tmp_path)
    report = output / "report.json"
    report.write_text(report.read_text("utf-8").replace(FACTS["crawl"]["output"], str(root.resolve())), "utf-8")
    before, out = tree(output), StringIO()
    given = ["--input", str(root), "--output", str(output), "--workers", "1", "--size", "96"]
    call_command("prepare_dataset", *given, stdout=out)
    after = tree(output)
    assert before.keys() == after.keys()
    pictures = [name for name in before if name.count("/") == 2]
    assert len(pictures) == 3 and all(before[name] == after[name] for name in pictures)
    for name in before.keys() - set(pictures):
        assert before[name][0] == after[name][0], name
