"""How long the gallery's pages take with 100,000 published works, and which index each list is read from.

    .venv/bin/python benchmarks/showcase.py [--rows 100000]

It fills a database of its own, which is gone afterwards: a temporary SQLite file, or a scratch database on the
server that a DATABASE_URL of mysql://… names (tests/with-mariadb starts one). Times are those of whole answers,
from the request to the last byte, in one process without a network.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import User

sys.path.insert(0, str(Path(__file__).parents[1]))
RUNS = 7
SMALL = 100  # works that the baseline is measured with


@dataclass(frozen=True)
class Timing:
    """Of one page, in milliseconds; and what the database says about how it reads the list."""

    median: float
    worst: float
    queries: int
    plans: list[str]


@contextmanager
def temporary_database() -> Iterator[None]:
    """A site with an empty database and folders of its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, ExitStack() as afterwards:
        os.environ |= {"VAR_DIR": f"{folder}/var", "MEDIA_ROOT": f"{folder}/media", "IGNORE_DOTENV": "1"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "animegan_site.settings"
        Path(f"{folder}/var/static").mkdir(parents=True)  # where static files are looked for
        if not os.environ.get("DATABASE_URL", "").startswith("mysql"):
            os.environ["DATABASE_URL"] = f"sqlite:///{folder}/unused.sqlite3"
        import django

        django.setup()
        from django.conf import settings
        from django.db import connection
        from django.test.utils import override_settings, setup_test_environment, teardown_test_environment

        setup_test_environment()
        afterwards.callback(teardown_test_environment)
        if connection.vendor == "mysql":
            connection.settings_dict["TEST"]["NAME"] = f"benchmark_{os.getpid()}"
        name = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, serialize=False)
        afterwards.callback(connection.creation.destroy_test_db, name, verbosity=0)
        # Without collectstatic there is no manifest to look names up in.
        static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        afterwards.enter_context(override_settings(STORAGES={**settings.STORAGES, "staticfiles": static}))
        yield


def measure_timing(action: Callable[[], object]) -> Timing:
    """One turn to warm up, in which the queries are looked at, and RUNS that count."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as captured:
        action()
    sql = [query["sql"] for query in captured.captured_queries]
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        action()
        times.append((time.perf_counter() - started) * 1000)
    return Timing(
        statistics.median(times), max(times), len(sql), [explain_query(query) for query in sql if is_list(query)]
    )


def is_list(sql: str) -> bool:
    """Whether a query looks for places in a list, rather than for rows by their numbers."""
    return sql.startswith("SELECT") and "gallery_exhibit" in sql and "ORDER BY" in sql and " LIMIT " in sql


def explain_query(sql: str) -> str:
    """How the database would run a query, in one line."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            return "; ".join(row[-1] for row in cursor.fetchall())
        cursor.execute(f"EXPLAIN {sql}")
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return "; ".join("{type} {table} by {key}, about {rows} rows, {Extra}".format(**row) for row in rows)


def list_pages(visitor: "User") -> dict[str, Callable[[], object]]:
    """What is measured: a request by its name."""
    from django.test import Client

    from benchmarks.showcase_rows import COMMON, NOWHERE, RARE, RARE_STYLE
    from gallery.models import Exhibit, ExhibitState
    from gallery.showcase.listing import ExhibitListing

    client = Client()
    client.force_login(visitor)

    def get(url: str, **query: str) -> Callable[[], object]:
        def request() -> object:
            response = client.get(url, query)
            assert response.status_code == 200, (url, response.status_code)
            return response.content

        return request

    shown = Exhibit.objects.filter(state=ExhibitState.PUBLISHED)
    count = shown.count()

    def deep(sort: str, share: float) -> dict[str, str]:
        order = ExhibitListing.SORT_FIELDS[sort]
        exhibit = shown.order_by(f"-{order}", "-pk")[min(count - 2, int(count * share))]
        return {"sort": sort, "after": ExhibitListing(sort=sort).cursor_before(exhibit)}

    work = shown.order_by("-published")[count // 2].work_id
    return {
        "newest": get("/gallery/"),
        "faces": get("/gallery/faces/"),
        "scenery": get("/gallery/scenery/"),
        "rare style": get("/gallery/", style=RARE_STYLE),
        "faces of a rare style": get("/gallery/faces/", style=RARE_STYLE),
        "style that nobody used": get("/gallery/", style="none"),
        "most liked": get("/gallery/", sort="liked"),
        "newest, the middle": get("/gallery/", **deep("newest", 0.5)),
        "newest, the end": get("/gallery/", **deep("newest", 1)),
        "most liked, the middle": get("/gallery/", **deep("liked", 0.5)),
        "most liked, the end": get("/gallery/", **deep("liked", 1)),
        "search, a common word": get("/gallery/", q=COMMON),
        "search, a rare word": get("/gallery/", q=RARE),
        "search, no hit": get("/gallery/", q=NOWHERE),
        "search, a rare word, most liked": get("/gallery/", q=RARE, sort="liked"),
        "search, two words, scenery": get("/gallery/scenery/", q=f"{COMMON} {RARE}"),
        "one work": get(f"/gallery/{work}/"),
        "one work, most liked": get(f"/gallery/{work}/", sort="liked"),
        "one work, from a search": get(f"/gallery/{work}/", q=RARE),
        "one work, from a search that has no hit": get(f"/gallery/{work}/", q=NOWHERE),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000, help="published works (default: 100000)")
    rows = parser.parse_args().rows
    with temporary_database():
        from django.db import connection

        from benchmarks.showcase_rows import fill, visitor

        fill(SMALL)
        small = {name: measure_timing(page) for name, page in list_pages(visitor()).items()}
        started = time.perf_counter()
        fill(rows - SMALL)
        print(f"{connection.display_name}, {rows:,} works, filled in {time.perf_counter() - started:.0f} s\n")
        large = {name: measure_timing(page) for name, page in list_pages(visitor()).items()}
        print(f"| page | ms with {SMALL} works | ms with {rows:,} | worst of {RUNS} | times as long | queries |")
        print("|---|---|---|---|---|---|")
        for name, now in large.items():
            ratio = now.median / small[name].median
            times = f"{small[name].median:.1f} | {now.median:.1f} | {now.worst:.1f} | {ratio:.1f}"
            print(f"| {name} | {times} | {now.queries} |")
        for name, now in large.items():
            print(f"\n{name}:", *now.plans, sep="\n  ")


if __name__ == "__main__":
    main()
