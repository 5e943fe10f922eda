"""What the operator does with styles: enable, disable, order, choose the default, remove.

Rows are locked in the order of their ids; no file is touched in a transaction.
"""

from django.db import transaction

from gallery.models import ACTIVE_STATES, DownloadState, StyleSetting, VideoJob
from gallery.styles.catalog import load_style_catalog
from gallery.styles.files import files_on_disk, get_file
from inference.download import download_url
from inference.errors import StyleNotDownloaded, UnknownStyle
from inference.styles import Style


class StyleInUse(Exception):
    """The file of a style cannot be removed now. `videos`: that wait or are converted; `styles`: stacked on it."""

    def __init__(self, videos: int, styles: list[str]) -> None:
        super().__init__(f"in use by {videos} videos and by the styles {styles}")
        self.videos, self.styles = videos, styles


class StyleNotRemovable(Exception):
    """The file came with the project, or by hand: nothing could bring it back."""


def _lock_rows() -> None:
    list(StyleSetting.objects.select_for_update().order_by("style"))


@transaction.atomic
def set_enabled(style_id: str, is_enabled: bool) -> StyleSetting:
    """Offer a style to people, or no longer. What is being converted, or waits as a video, goes on."""
    get_file(style_id)
    row, _new = StyleSetting.objects.update_or_create(style=style_id, defaults={"is_enabled": is_enabled})
    return row


@transaction.atomic
def set_default(style_id: str) -> StyleSetting:
    """Have a style selected at first. Raise UnknownStyle, or StyleNotDownloaded where people are not offered it."""
    _lock_rows()
    if style_id not in [style.id for style in load_style_catalog().offered]:
        raise StyleNotDownloaded(f"{style_id} is not offered: it has to be downloaded and enabled first")
    StyleSetting.objects.filter(is_default=True).exclude(style=style_id).update(is_default=False)
    row, _new = StyleSetting.objects.update_or_create(style=style_id, defaults={"is_default": True})
    return row


@transaction.atomic
def set_order(style_ids: list[str]) -> None:
    """List these styles first, in this order; the others follow in theirs. Raise UnknownStyle."""
    _lock_rows()
    ids = [style.id for style in load_style_catalog().styles]
    for style_id in style_ids:
        if style_id not in ids:
            raise UnknownStyle(f"no style {style_id!r}; known: {', '.join(ids)}")
    for position, style_id in enumerate(dict.fromkeys([*style_ids, *ids])):
        StyleSetting.objects.update_or_create(style=style_id, defaults={"position": position})


@transaction.atomic
def move_style(style_id: str, offset: int) -> StyleSetting:
    """Move a style so many places down the list, or up where that is negative. Raise UnknownStyle."""
    _lock_rows()
    ids = [style.id for style in load_style_catalog().styles]
    if style_id not in ids:
        raise UnknownStyle(style_id)
    place = min(max(0, ids.index(style_id) + offset), len(ids) - 1)
    ids.remove(style_id)
    ids.insert(place, style_id)
    set_order(ids)
    return StyleSetting.objects.get(style=style_id)


def find_uses(style_id: str) -> StyleInUse | None:
    """Return who needs the file of a style now: videos that wait or are converted, styles that are stacked on it."""
    stacked = [
        style
        for style in load_style_catalog().styles
        if style.base_style and style.base_style.id == style_id and style.path.is_file()
    ]
    ids = [style_id, *(style.id for style in stacked)]
    videos = VideoJob.objects.filter(style__in=ids, state__in=ACTIVE_STATES).count()
    return StyleInUse(videos, [style.id for style in stacked]) if videos or stacked else None


def remove_file(style_id: str) -> StyleSetting:
    """Delete the file of a style, or another file, that can be downloaded again.

    Nothing that uses it breaks: photos under way have the style loaded; videos and stacked styles keep it from being
    removed. Raise UnknownStyle, StyleNotRemovable, StyleInUse, or OSError where the weights folder is not writable.
    """
    file = get_file(style_id)
    if download_url(file) is None:
        raise StyleNotRemovable(style_id)
    if isinstance(file, Style) and (uses := find_uses(style_id)):
        raise uses
    # First the row: a worker that downloads it right now notices, and stops.
    row, _new = StyleSetting.objects.update_or_create(
        style=style_id,
        defaults={"download": DownloadState.NONE, "error": "", "received_bytes": 0, "total_bytes": None, "worker": ""},
    )
    for path in files_on_disk(file):
        path.unlink(missing_ok=True)
    return row
