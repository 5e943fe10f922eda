"""(4) This project's way: `gallery.photos.conversion.convert_image`, between request and database.

That is all of a photo's bytes to the bytes of the result, its thumbnail and the photo's preview, which are written to
disk. The request itself and its rows, some milliseconds, are not in it.
"""

from collections.abc import Callable

import numpy as np

from benchmarks.speed import site
from benchmarks.speed.material import Material

DETAIL = "balanced"


def prepare(style: str, backend: str, material: Material, height: int, width: int) -> Callable[[], None]:
    site.set_up_django(material, backend, style)
    from gallery.photos.conversion import ConversionOptions, convert_image

    def run() -> None:
        converted = convert_image(material.photo(height, width).read_bytes(), ConversionOptions(style, DETAIL))
        for name in ("result", "thumbnail", "preview"):
            (material.folder / f"{style}_{backend}_{name}").write_bytes(getattr(converted, name).data)

    return run


def prepare_network(style: str, backend: str, material: Material, height: int, width: int) -> Callable[[], object]:
    """The network alone."""
    site.set_up_django(material, backend, style)
    from inference.runtime import get_engine, get_style_registry

    session = get_engine().load_session(get_style_registry().get_available(style))
    batch = np.random.default_rng(0).uniform(-1, 1, (1, 3, height, width)).astype(np.float32)
    return lambda: session.run(batch)
