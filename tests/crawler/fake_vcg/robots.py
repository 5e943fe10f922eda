"""robots.txt, as the site was told."""

from tests.crawler.fake_vcg.server import Handler
from tests.crawler.fake_vcg.trouble import refuse


def send_robots(handler: Handler, robots: str | int) -> None:
    if isinstance(robots, int):
        refuse(handler, robots)
        return
    text = robots if "user-agent:" in robots.lower() else f"User-agent: *\n{robots}\n"
    handler.whole(200, text.encode(), "text/plain")
