"""What a crawl would download, from the pages alone."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.http.robots import Robots
from crawler.pages import Pages
from crawler.run import Plan


@dataclass(frozen=True)
class Listed:
    """A page of a set: how many items are on it, and the addresses of its pictures."""

    name: str
    page: int
    items: int
    addresses: list[str]

    def __str__(self) -> str:
        lines = [f"{self.name} page {self.page}: {len(self.addresses)} of {self.items}"]
        return "\n".join([*lines, *(f"  {address}" for address in self.addresses)])


def listed_pages(plan: Plan, stopped: threading.Event) -> Iterator[Listed]:
    """Without a last page only the first is read. Raises Stop."""
    client = plan.client(stopped)
    pages = Pages(plan.source, client, Robots(client))
    first, last = plan.options.pages
    for target in plan.targets:
        earlier: list[list[str]] = []
        for number in range(first, (last or first) + 1):
            found = pages.read(target, number)
            everything = [one.address for one in found]
            if not found or everything in earlier:
                break
            earlier.append(everything)
            wanted = [address for address in everything if address and plan.source.is_wanted(address)]
            yield Listed(target.name, number, len(found), wanted)
