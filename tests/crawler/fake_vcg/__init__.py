"""A local web site that behaves as VCG's creative search does, and misbehaves as told.

    with FakeVcg(pages=3, faults={("明星", 1, 2, 17): Fault.NO_URL800}) as site:
        requests.get(site.build_page_url("明星", 1, page=2))

Two servers on loopback, one for the search and one for pictures, so that a crawler is tried over real connections.
"""

from tests.crawler.fake_vcg.fault_plan import FaultPlan, scatter_faults
from tests.crawler.fake_vcg.faults import CopyOf, Fault, Outcome, PageFault
from tests.crawler.fake_vcg.options import AfterLast, Shape
from tests.crawler.fake_vcg.site import FakeVcg
from tests.crawler.fake_vcg.slots import PHRASES, Page, PictureSlot

__all__ = [
    "PHRASES",
    "AfterLast",
    "CopyOf",
    "FakeVcg",
    "Fault",
    "FaultPlan",
    "Outcome",
    "Page",
    "PageFault",
    "PictureSlot",
    "Shape",
    "scatter_faults",
]
