"""Filters of the staff's lists."""

from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from gallery.models import ExhibitKind, ExhibitState
from gallery.statistics import IS_OPEN_REPORT
from gallery.styles import get_style_titles

MEGABYTE = 2**20
IS_PRIVATE = Q(exhibit=None) | Q(exhibit__state=ExhibitState.WITHDRAWN)
SIZE_CONDITIONS = {
    "small": (_("Up to 1 MB"), Q(bytes__lte=MEGABYTE)),
    "medium": (_("1 to 5 MB"), Q(bytes__gt=MEGABYTE, bytes__lte=5 * MEGABYTE)),
    "large": (_("More than 5 MB"), Q(bytes__gt=5 * MEGABYTE)),
}
RESOLVED_CONDITIONS = {
    "open": (pgettext_lazy("reports", "Open"), IS_OPEN_REPORT),
    "settled": (_("Resolved"), Q(is_resolved=True)),
    "private": (_("Made private"), Q(is_resolved=False, exhibit__state=ExhibitState.WITHDRAWN)),
}


class StyleFilter(SimpleListFilter):
    """Filter by style: by its title, or a readable name where it is no longer in the manifest."""

    title, parameter_name = _("style"), "style"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        titles = get_style_titles(get_language() or "en")
        used = model_admin.model._default_manager.order_by().values_list("style", flat=True).distinct()
        return sorted(((style, titles[style]) for style in used), key=lambda choice: choice[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(style=self.value()) if self.value() else queryset


class ConditionFilter(SimpleListFilter):
    """Filter by one of a few named conditions."""

    conditions: dict[str, tuple[Any, Q]]

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, Any]]:
        return [(name, title) for name, (title, _condition) in self.conditions.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        chosen = self.conditions.get(self.value() or "")
        return queryset.filter(chosen[1]) if chosen else queryset


class ExhibitStateFilter(ConditionFilter):
    title, parameter_name = _("state"), "state"
    conditions = {
        state.value: (state.label, Q(state=state)) for state in ExhibitState if state != ExhibitState.WITHDRAWN
    }


class WorkStateFilter(ConditionFilter):
    title, parameter_name = _("state"), "state"
    conditions = {
        state.value: (state.label, IS_PRIVATE if state == ExhibitState.WITHDRAWN else Q(exhibit__state=state))
        for state in ExhibitState
    }


class GalleryStateFilter(WorkStateFilter):
    """Filter rows that have a state of their own by that of their exhibit."""

    title, parameter_name = _("gallery"), "shown"


class KindFilter(ConditionFilter):
    title, parameter_name = _("gallery section"), "kind"
    conditions = {kind.value: (kind.label, Q(exhibit__kind=kind) & ~IS_PRIVATE) for kind in ExhibitKind}


class SizeFilter(ConditionFilter):
    title, parameter_name, conditions = _("size"), "size", SIZE_CONDITIONS


class ResolvedFilter(ConditionFilter):
    title, parameter_name, conditions = _("resolved"), "settled", RESOLVED_CONDITIONS
