"""robots.txt, as the site was told."""

from tests.crawler.fake_vcg.error_responses import send_error
from tests.crawler.fake_vcg.server import SiteHandler


def send_robots(handler: SiteHandler, robots: str | int) -> None:
    if isinstance(robots, int):
        send_error(handler, robots)
        return
    text = robots if "user-agent:" in robots.lower() else f"User-agent: *\n{robots}\n"
    handler.respond(200, text.encode(), "text/plain")
