"""Try the site by hand: `python -m tests.crawler.fake_vcg --pages 3`, until Ctrl-C."""

import argparse
import contextlib
import signal
import threading
from typing import get_args

from tests.crawler.fake_vcg.fault_plan import scatter_faults
from tests.crawler.fake_vcg.options import Shape
from tests.crawler.fake_vcg.site import FakeVcg
from tests.crawler.fake_vcg.slots import PHRASES


def main() -> None:
    parser = argparse.ArgumentParser(description="A local site that behaves as VCG's creative search does.")
    parser.add_argument("--pages", type=int, default=3)
    parser.add_argument("--per-page", type=int, default=100)
    parser.add_argument("--shape", choices=get_args(Shape), default="state")
    parser.add_argument("--faults", action="store_true", help="let a fifth of the items be faulty in all ways")
    options = parser.parse_args()
    # Whoever is started in the background by a shell without job control ignores it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    plan = scatter_faults(pages=options.pages, per_page=options.per_page, share=0.2 if options.faults else 0)
    site = FakeVcg(options.pages, options.per_page, options.shape, faults=plan.faults)
    with site, contextlib.suppress(KeyboardInterrupt):
        print(f"search:   {site.search_url}\npictures: http://{site.picture_host}", flush=True)
        print("\n".join(site.build_page_url(phrase, 1, 1) for phrase in PHRASES), flush=True)
        command = f"crawl_vcg --pages 1-{options.pages} --base-url {site.search_url} --allow-host {site.picture_host}"
        print(f"to collect its pictures: manage.py {command} --delay 0.1", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
