"""What a page says of each picture, and which pictures a page shows."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

from tests.crawler.fake_vcg.faults import Fault, PageFault
from tests.crawler.fake_vcg.pictures import picture_size
from tests.crawler.fake_vcg.slots import Page, PictureSlot

if TYPE_CHECKING:
    from tests.crawler.fake_vcg.site import FakeVcg

# Each of these ends a search for the next brace, quote or tag too early.
_TITLES = (
    "{phrase}肖像 第{number}张",
    '"{phrase}"手持{{话筒}}的特写',
    "{phrase}在舞台上 😀 }}]}}; 第{number}张",
    '微笑的{phrase}</script><img src="//tracker.example/creative/pixel.jpg">',
    'It\'s {phrase} \\ "quoted\\" & <b>bold</b> #{number}',
    '{phrase} "url800":"//tracker.example/creative/vcg/800/decoy.jpg"',
    "{phrase} 👩‍🎤🎬 𠮷野家\u2028第二行",
)
_LICENSES = ("RM", "RF", "RR")
_ORIGINAL = 8  # the original's sides, in sides of the picture that url800 leads to


@dataclass(frozen=True)
class PageItem:
    slot: PictureSlot
    url800: str | None
    title: str

    def as_dict(self) -> dict[str, Any]:
        """As the site's JSON has it; an item without a picture has no url800 at all."""
        phrase, gender, page, number = self.slot
        width, height = picture_size(self.slot)
        facts = {
            "id": 1_000_000_000 + crc32(self.slot.res_id.encode()),
            "res_id": self.slot.res_id,
            "title": self.title,
            "caption": f"{page}月{number}日，{phrase}出席活动。\n“{self.title}”",
            "keywords": f"{phrase},{'男性' if gender == 1 else '女性'},一个人,肖像,{{微笑}}",
            "url800": self.url800,
            "width": width * _ORIGINAL,
            "height": height * _ORIGINAL,
            "licenseType": _LICENSES[number % len(_LICENSES)],
        }
        return {name: value for name, value in facts.items() if value is not None}


def build_item(site: "FakeVcg", slot: PictureSlot) -> PageItem:
    title = _TITLES[slot.number % len(_TITLES)].format(phrase=slot.phrase, number=slot.number)
    return PageItem(slot, _url800(site, slot), title)


def _url800(site: "FakeVcg", slot: PictureSlot) -> str | None:
    fault = site.faults.get(slot)
    if fault is Fault.NO_URL800:
        return None
    path = slot.build_path("", root="editorial") if fault is Fault.NOT_CREATIVE else slot.path
    return f"//{site.host_of(slot)}{path}"


def build_page_items(site: "FakeVcg", page: Page, fault: PageFault | None) -> list[PageItem] | None:
    """The items of a page, or None where there is no such page."""
    page_number = page.number - 1 if fault is PageFault.REPEATED else page.number
    if page_number > site.pages and site.after_last == "404":
        return None
    if fault is PageFault.EMPTY or (page_number > site.pages and site.after_last == "empty"):
        return []
    page_number = max(1, min(page_number, site.pages))
    return [
        build_item(site, PictureSlot(page.phrase, page.gender, page_number, number))
        for number in range(1, site.per_page + 1)
    ]
