"""robots.txt, as the site was told."""

from .server import Handler
from .trouble import refuse


def send_robots(handler: Handler, robots: str | int) -> None:
    if isinstance(robots, int):
        refuse(handler, robots)
        return
    text = robots if "user-agent:" in robots.lower() else f"User-agent: *\n{robots}\n"
    handler.whole(200, text.encode(), "text/plain")
