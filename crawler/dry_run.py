"""What a crawl would download, from the pages alone."""

import threading
from collections.abc import Iterator

from .run import Plan
from .web.body import text_of
from .web.errors import Missing
from .web.robots import Robots


def pictures_of(plan: Plan) -> Iterator[str]:
    """A line a page and one a picture. Without a last page only the first is read. Raises FetchError and Stop."""
    client = plan.client(threading.Event())
    robots = Robots(client)

    def fetch(address: str) -> str:
        robots.check(address)
        answer = client.get(address)
        return text_of(answer.data, answer.content_type)

    first, last = plan.options.pages
    for target in plan.targets:
        for number in range(first, (last or first) + 1):
            try:
                found = plan.source.page(target, number, fetch)
            except Missing:
                break
            wanted = [one.address for one in found if one.address and plan.source.is_wanted(one.address)]
            yield f"{target.name} page {number}: {len(wanted)} of {len(found)}"
            yield from (f"  {address}" for address in wanted)
