"""Small pictures of what was collected, for the admin pages. They are made when they are looked at, and not kept."""

from io import BytesIO
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from PIL import Image, ImageOps

from crawler.models import Item

SIDE = 192  # pixels: 96 on a screen of two pixels a point


def thumbnail(request: HttpRequest, pk: int) -> HttpResponse:
    """A JPEG of at most SIDE x SIDE of a kept picture; 404 where its file is gone."""
    if not request.user.has_perm("crawler.view_item"):
        raise PermissionDenied
    item = get_object_or_404(Item, pk=pk, state=Item.State.KEPT)
    try:
        data = _small(Path(item.output) / item.file)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise Http404 from error
    return HttpResponse(data, content_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400"})


def _small(path: Path) -> bytes:
    """Raises OSError and ValueError for a file that is gone or was changed into something else."""
    with Image.open(path) as image:
        image.draft("RGB", (SIDE, SIDE))
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((SIDE, SIDE))
        out = BytesIO()
        upright.convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()
