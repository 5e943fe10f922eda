"""How the text of a page becomes bytes."""

import gzip
import importlib
import importlib.util

from tests.crawler.fake_vcg.faults import PageFault

HAS_BROTLI = importlib.util.find_spec("brotli") is not None
CHINESE = {PageFault.GB18030, PageFault.GB18030_META}


def get_charset(fault: PageFault | None) -> str:
    return "gb18030" if fault in CHINESE else "utf-8"


def encode_page(text: str, content_type: str, fault: PageFault | None) -> tuple[bytes, dict[str, str]]:
    """The bytes of a page, and the headers that say what they are."""
    body = text.encode(get_charset(fault))
    silent = fault is PageFault.GB18030_META
    headers = {"Content-Type": content_type if silent else f"{content_type}; charset={get_charset(fault)}"}
    if fault is PageFault.GZIP:
        return gzip.compress(body), {**headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    if fault is PageFault.BROTLI:
        body = importlib.import_module("brotli").compress(body)
        return body, {**headers, "Content-Encoding": "br", "Vary": "Accept-Encoding"}
    return body, headers
