"""What a site can be told before it opens."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tests.crawler.fake_vcg.faults import CopyOf, Fault, PageFault
from tests.crawler.fake_vcg.page_encoding import HAS_BROTLI
from tests.crawler.fake_vcg.slots import Page, PictureSlot

Shape = Literal["state", "html", "service"]
PictureFault = Fault | CopyOf
AfterLast = Literal["404", "repeat", "empty"]
_COPIES = (Fault.DUPLICATE, Fault.NEAR_DUPLICATE)


@dataclass(eq=False)
class FakeVcgOptions:
    """The options of `FakeVcg`."""

    pages: int = 3
    per_page: int = 100
    shape: Shape = "state"
    after_last: AfterLast = "404"
    # By (phrase, gender, page, number) and by (phrase, gender, page); all are counted from 1.
    faults: Mapping[tuple[str, int, int, int], PictureFault] | Mapping[PictureSlot, PictureFault] = field(
        default_factory=dict
    )
    page_faults: Mapping[tuple[str, int, int], PageFault] | Mapping[Page, PageFault] = field(default_factory=dict)
    every_page: PageFault | None = None  # for pages without a fault of their own
    # Rules for all robots, or a whole robots.txt, or the status to answer instead.
    robots: str | int = "Allow: /"
    picture_robots: str | int = "Allow: /"
    picture_server_count: int = 1
    hosts: tuple[str, ...] = ()  # what pages call the picture hosts, if not by their own URLs
    retry_after: int = 1  # seconds
    drip_seconds: float = 1.0
    picture_seconds: float = 0.0  # how long every picture takes, for whoever wants to kill a crawler amid one
    oversize: int = 5 << 30  # the length that an oversize picture says it has

    def __post_init__(self) -> None:
        if PageFault.BROTLI in (*self.page_faults.values(), self.every_page) and not HAS_BROTLI:
            raise ValueError("pages compressed with br need the package brotli")
        if any(slot[3] == 1 and fault in _COPIES for slot, fault in self.faults.items()):
            raise ValueError("there is no slot before the first to be a duplicate of; say which with CopyOf")
