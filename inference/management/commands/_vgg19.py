"""Brings VGG19's weights here: no style, but what training sees pictures with."""

import hashlib
from pathlib import Path
from urllib.error import URLError

from inference.errors import BadWeights, DownloadFailed

NAME = "vgg19-dcbb9e9d.pth"
ADDRESS = f"https://download.pytorch.org/models/{NAME}"
PREFIX = NAME.removesuffix(".pth").partition("-")[2]  # of its SHA-256: torchvision's files are named so


def fetch_vgg19(folder: Path, base_url: str | None = None, *, show: bool = False) -> bool:
    """Download and verify the file (548 MB); False if the right one is there already.

    Raises DownloadFailed; BadWeights where what came is not what the name says (nothing of it is kept); OSError.
    """
    from torch.hub import download_url_to_file

    path = folder / NAME
    if path.is_file():
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest().startswith(PREFIX):
                return False
    address = f"{base_url.rstrip('/')}/{NAME}" if base_url else ADDRESS
    if not address.lower().startswith(("http://", "https://")):
        raise DownloadFailed(f"{address}: only http and https can be followed")
    try:
        # Into a file beside it, which gets its name once it is verified.
        download_url_to_file(address, str(path), hash_prefix=PREFIX, progress=show)
    except RuntimeError as error:
        raise BadWeights(f"{NAME} from {address}: {error}; nothing of it was kept") from error
    except (URLError, TimeoutError, ConnectionError) as error:
        raise DownloadFailed(f"{address}: {error}") from error
    return True
