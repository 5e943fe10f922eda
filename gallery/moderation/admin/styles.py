"""Styles: which ones people are offered, in what order, and the downloads of those that others published."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.readonly_admin import ReadOnlyAdmin
from gallery.models import DownloadState, StyleSetting
from gallery.styles import StyleCatalog, StyleTitles, downloads, get_style_titles, load_style_catalog, services
from gallery.styles.cards import StyleCard, build_style_card
from gallery.styles.files import get_file, list_other_files, list_published_missing
from gallery.videos.workers import alive_workers
from imaging.errors import ImagingError
from imaging.weights_files import DownloadableFile
from inference.download import download_url, has_digest
from inference.errors import StyleNotDownloaded, UnknownStyle

logger = logging.getLogger(__name__)

LIST_URL = "admin:gallery_stylesetting_changelist"
OTHER_FILE_TEXTS = {
    "yunet": gettext_lazy("Finds faces better than what comes with the project: small, tilted and dark ones too."),
    "vgg19": gettext_lazy("What training sees pictures with. The site itself does not need it."),
}
Action = Callable[[HttpRequest, str], None]


@dataclass(frozen=True)
class FileRow:
    """One file of the weights folder, as the page shows it."""

    id: str
    title: str
    setting: StyleSetting
    bytes: int | None  # of the file that is there
    error: str
    can_download: bool
    can_remove: bool
    card: StyleCard | None = None  # of a style
    is_default: bool = False
    is_offered: bool = False
    is_usable: bool = False  # a base style may be missing where the own file is there
    text: str = ""

    @property
    def is_elsewhere(self) -> bool:
        """Return whether a worker has downloaded it, but not to where this server looks."""
        return self.setting.download == DownloadState.DONE and self.bytes is None


@admin.register(StyleSetting)
class StyleSettingAdmin(ReadOnlyAdmin):
    """One page: what a style is comes from the manifest, so there is no form for a row."""

    def get_urls(self) -> list[URLPattern]:
        wrap, remove = self.admin_site.admin_view, self.admin_site.admin_view(self.remove_view)
        return [
            path("", wrap(self.changelist_view), name="gallery_stylesetting_changelist"),
            path("<str:style_id>/state/", wrap(self.state_view), name="gallery_stylesetting_state"),
            path("<str:style_id>/remove/", remove, name="gallery_stylesetting_remove"),
        ]

    def has_edit_permission(self, request: HttpRequest) -> bool:
        """Return whether somebody may change what people are offered; Django's own forms stay closed to all."""
        return request.user.has_perm("gallery.change_stylesetting")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) or self.has_edit_permission(request)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._act(request)
        context = {**self._page_context(request, _("Styles")), **(extra_context or {})}
        return TemplateResponse(request, "admin/gallery/styles/page.html", context)

    def _page_context(self, request: HttpRequest, title: str) -> dict[str, Any]:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        context["can_edit"] = self.has_edit_permission(request)
        try:
            catalog = load_style_catalog()
        except ImagingError as error:  # a manifest that somebody wrote by hand
            return context | {"problem": str(error)}
        language = get_language() or "en"
        rows = [_build_style_row(style, catalog, language) for style in catalog.styles]
        others = [_build_other_row(file, catalog) for file in list_other_files()]
        waits = any(row.setting.is_downloading for row in (*rows, *others))
        active = {row.id for row in rows if row.setting.is_downloading}
        titles = get_style_titles(language)
        return context | {
            "rows": rows,
            "others": others,
            "published": [style for style in list_published_missing(catalog) if style.id not in active],
            "is_no_worker": waits and not alive_workers().exists(),
            "gone": _list_gone(catalog, titles, {row.id for row in (*rows, *others)}),
        }

    def _act(self, request: HttpRequest) -> HttpResponse:
        """Do what a button says, as `action:id`, and show the page again."""
        if not self.has_edit_permission(request):
            raise PermissionDenied
        name, _separator, style_id = request.POST.get("one", "").partition(":")
        action = self._actions().get(name)
        if action is None:
            raise Http404
        try:
            action(request, style_id)
        except UnknownStyle:
            self.message_user(request, _("It no longer exists, so nothing was changed."), messages.WARNING)
        except StyleNotDownloaded:
            text = _("It has to be downloaded and enabled before it can be the default.")
            self.message_user(request, text, messages.WARNING)
        return redirect(f"{reverse(LIST_URL)}#{style_id}" if style_id else LIST_URL)

    def _actions(self) -> dict[str, Action]:
        return {
            "download": self._download,
            "published": self._download_published,
            "cancel": self._cancel,
            "enable": partial(self._change, change=partial(services.set_enabled, is_enabled=True), text=_("Enabled")),
            "disable": partial(
                self._change, change=partial(services.set_enabled, is_enabled=False), text=_("Disabled")
            ),
            "default": partial(self._change, change=services.set_default, text=_("Made the default")),
            "up": partial(self._change, change=partial(services.move_style, offset=-1), text=_("Moved up")),
            "down": partial(self._change, change=partial(services.move_style, offset=1), text=_("Moved down")),
        }

    def _change(self, request: HttpRequest, style_id: str, *, change: Callable[[str], StyleSetting], text: str) -> None:
        self.log_change(request, change(style_id), text)

    def _download(self, request: HttpRequest, style_id: str) -> None:
        for one in downloads.request_download(style_id):
            self.log_change(request, StyleSetting(style=one), _("Download requested"))

    def _download_published(self, request: HttpRequest, _style_id: str) -> None:
        styles = list_published_missing(load_style_catalog())
        for style in styles:
            self._download(request, style.id)
        text = ngettext("%(count)s style is being downloaded.", "%(count)s styles are being downloaded.", len(styles))
        self.message_user(request, text % {"count": len(styles)}, messages.SUCCESS)

    def _cancel(self, request: HttpRequest, style_id: str) -> None:
        if downloads.cancel_download(style_id):
            self.log_change(request, StyleSetting(style=style_id), _("Download canceled"))

    def state_view(self, request: HttpRequest, style_id: str) -> HttpResponse:
        """Show how far one download is, for htmx; when it is over, have the page loaded again, with its buttons."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = StyleSetting.objects.filter(style=style_id).first()
        if row is None or not row.is_downloading:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return render(request, "admin/gallery/styles/progress.html", {"setting": row})

    def remove_view(self, request: HttpRequest, style_id: str) -> HttpResponse:
        """Ask before a file is deleted, and delete it."""
        if not self.has_edit_permission(request):
            raise PermissionDenied
        return require_http_methods(["GET", "HEAD", "POST"])(self._remove)(request, style_id)

    def _remove(self, request: HttpRequest, style_id: str) -> HttpResponse:
        try:
            file = get_file(style_id)
        except ImagingError:
            raise Http404 from None
        if download_url(file) is None or not file.path.is_file():
            raise Http404
        title = get_style_titles(get_language() or "en").get(style_id, style_id)
        uses = services.find_uses(style_id)
        if request.method == "POST" and not uses:
            try:
                self.log_change(request, services.remove_file(style_id), _("File removed"))
                text = _("The file of “%(title)s” is removed. It can be downloaded again.") % {"title": title}
                self.message_user(request, text, messages.SUCCESS)
                return redirect(LIST_URL)
            except services.StyleInUse as error:
                uses = error  # since a moment ago
            except OSError as error:
                logger.warning("%s could not be removed: %s", file.path, error)
                text = _("The file could not be removed: the weights folder is not writable.")
                self.message_user(request, text, messages.ERROR)
                return redirect(LIST_URL)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Remove “%(title)s”?") % {"title": title},
            "bytes": file.path.stat().st_size,
            "uses": uses,
            "stacked": [get_style_titles(get_language() or "en")[style] for style in uses.styles] if uses else [],
            "back": reverse(LIST_URL),
        }
        return TemplateResponse(
            request,
            "admin/gallery/styles/remove.html",
            context,
            status=409 if uses and request.method == "POST" else 200,
        )


def _build_row(file: DownloadableFile, catalog: StyleCatalog, title: str, **fields: Any) -> FileRow:
    setting, has_url = catalog.setting(file.id), download_url(file) is not None
    is_there = file.path.is_file()
    return FileRow(
        id=file.id,
        title=title,
        setting=setting,
        bytes=file.path.stat().st_size if is_there else None,
        error=downloads.get_download_error(setting),
        can_download=has_url and has_digest(file) and not is_there and not setting.is_downloading,
        can_remove=has_url and is_there and not setting.is_downloading,
        **fields,
    )


def _build_style_row(style: Any, catalog: StyleCatalog, language: str) -> FileRow:
    card = build_style_card(style, language)
    offer = {"is_offered": catalog.is_offered(style), "is_default": style.id == catalog.default_id}
    return _build_row(
        style, catalog, card.title, card=card, is_usable=style.is_available, text=card.description, **offer
    )


def _build_other_row(file: DownloadableFile, catalog: StyleCatalog) -> FileRow:
    return _build_row(file, catalog, file.id, text=str(OTHER_FILE_TEXTS[file.id]))


def _list_gone(catalog: StyleCatalog, titles: StyleTitles, known: set[str]) -> list[tuple[str, str]]:
    """Return (title, id) of what has a row, but is in the manifest no longer."""
    return [(titles[style_id], style_id) for style_id in sorted(catalog.settings) if style_id not in known]
