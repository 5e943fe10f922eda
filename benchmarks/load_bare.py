"""What the engine does alone: such photos, with the site's settings, without the site.

    python benchmarks/load_bare.py FIRST

For every line with a number of seconds it converts for so long, and answers with conversions a second, from bytes to
bytes with all that the site asks for: decode, style, encode the result, its thumbnail and the photo's preview. The
first photo is the one of that number, and each line goes on where the last one ended.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.load_photos import load_photos
from tests.faults.visitor import DETAIL, STYLE


def main() -> None:
    import django

    django.setup()
    from django.conf import settings

    from gallery.photos import conversion
    from gallery.photos.conversion import ConversionOptions

    files, numbers, threads = load_photos(), count(int(sys.argv[1])), settings.INFERENCE_PARALLEL

    def convert_until(end: float) -> int:
        done = 0
        while time.monotonic() < end:
            conversion.convert_image(files[next(numbers) % len(files)], ConversionOptions(STYLE, DETAIL))
            done += 1
        return done

    with ThreadPoolExecutor(threads) as pool:
        for line in sys.stdin:
            begun = time.monotonic()
            done = sum(pool.map(convert_until, [begun + float(line)] * threads))
            print(done / (time.monotonic() - begun), flush=True)


if __name__ == "__main__":
    main()
