"""Users in the admin pages: what they store, their quota, and whether they may log in."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.db.models import Count, ManyToManyField, Model, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.forms import CheckboxSelectMultiple, ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.forms import StaffPasswordForm
from accounts.models import User
from accounts.services import delete_account

# Whoever helps with accounts is not thereby let into everything. What lets somebody into an account, or an account into
# something, is changed by superusers alone: rights, and the addresses that new passwords are sent to.
PERMISSION_FIELDS = ("is_staff", "is_superuser", "groups", "user_permissions")
EMAIL_FIELDS = ("email", "email_verified", "pending_email")
DATE_FIELDS = ("last_login", "date_joined")


def _aggregate_per_user(aggregate: Count | Sum) -> Coalesce:
    """Return an aggregate of what belongs to each user, as a subquery: joined, photos would multiply works."""
    users = User.objects.filter(pk=OuterRef("pk")).order_by().values("pk").annotate(number=aggregate)
    return Coalesce(Subquery(users.values("number")), 0)


class PermissionCheckboxesAdmin(admin.ModelAdmin):
    """Groups and permissions as boxes to tick: Django's two lists, side by side, are hard to read aloud and to tap."""

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, *args: Any, **kwargs: Any
    ) -> ModelMultipleChoiceField | None:
        kwargs["widget"] = CheckboxSelectMultiple({"class": "ticks"})
        if db_field.related_model is Permission:  # whose names say what they belong to
            kwargs["queryset"] = Permission.objects.select_related("content_type")
        return super().formfield_for_manytomany(db_field, *args, **kwargs)


admin.site.unregister(Group)


@admin.register(Group)
class GroupCheckboxesAdmin(PermissionCheckboxesAdmin, GroupAdmin):
    """Groups are changed by superusers alone: who may change one that they are in could give themselves any right."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return request.user.is_superuser


@admin.register(User)
class AccountAdmin(PermissionCheckboxesAdmin, UserAdmin):
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (gettext_lazy("Profile"), {"fields": (*EMAIL_FIELDS, "wants_mail", "language", "first_name", "last_name")}),
        (
            gettext_lazy("Storage"),
            {
                "fields": ("quota_works", "quota_megabytes"),
                "description": gettext_lazy("Leave empty to use the limits of the site. 0: no limit."),
            },
        ),
        (gettext_lazy("Permissions"), {"fields": ("is_active", *PERMISSION_FIELDS)}),
        (gettext_lazy("Dates"), {"fields": DATE_FIELDS}),
    )
    add_fieldsets = (
        (
            None,
            {"classes": ("wide",), "fields": ("username", "email", "usable_password", "password1", "password2")},
        ),
    )
    change_password_form = StaffPasswordForm
    list_display = (
        *("username", "email", "work_count", "stored_bytes", "quota"),
        *("language", "is_active", "is_staff", "date_joined"),
    )
    list_filter = ("is_active", "is_staff", "is_superuser", "language", "date_joined")
    search_fields = ("username", "email", "pending_email")
    search_help_text = gettext_lazy("Username or email address")
    actions: tuple[str, ...] = ("deactivate", "reactivate")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        photos, works, videos, jobs = (
            _aggregate_per_user(Sum(f"{rows}__bytes")) for rows in ("photos", "works", "videos", "video_jobs")
        )
        return (
            super()
            .get_queryset(request)
            .annotate(work_count=_aggregate_per_user(Count("works")), stored_bytes=photos + works + videos + jobs)
        )

    @admin.display(description=gettext_lazy("works"), ordering="work_count")
    def work_count(self, user: Any) -> SafeString:
        url = reverse("admin:gallery_work_changelist", query={"owner__id__exact": user.pk})
        return format_html('<a href="{}">{}</a>', url, user.work_count)

    @admin.display(description=gettext_lazy("storage"), ordering="stored_bytes")
    def stored_bytes(self, user: Any) -> str:
        return filesizeformat(user.stored_bytes)

    @admin.display(description=gettext_lazy("quota"))
    def quota(self, user: User) -> SafeString:
        works, megabytes = user.max_works, user.max_megabytes
        texts = [
            ngettext("%(count)s work", "%(count)s works", works) % {"count": works} if works else _("unlimited works"),
            filesizeformat(megabytes * 2**20) if megabytes else _("unlimited storage"),
        ]
        return format_html("{}<br>{}", *(text.replace(" ", "\xa0") for text in texts))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        if request.user.is_superuser or obj is None:  # who adds an account gives it no rights, and an address
            return DATE_FIELDS
        return (*DATE_FIELDS, *PERMISSION_FIELDS, *EMAIL_FIELDS)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if request.user.is_superuser or obj is None:
            return fieldsets
        return ((None, {"fields": ("username",)}), *fieldsets[1:])  # without the password and the link that sets it

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        if not request.user.is_superuser:  # one's own is changed with the old one
            raise PermissionDenied
        return super().user_change_password(request, id, form_url)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if "email" in form.changed_data and "email_verified" not in form.changed_data:
            obj.email_verified = False
        super().save_model(request, obj, form, change)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _can_manage(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _can_manage(request, obj)

    @admin.action(description=gettext_lazy("Deactivate (can no longer log in)"), permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self.deactivate_users(request, queryset)

    def deactivate_users(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """Deactivate those who are not yet, and tell staff how many they were."""
        count = self._set_active(request, users, False)
        text = ngettext("%(count)s account is deactivated.", "%(count)s accounts are deactivated.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Reactivate"), permissions=["change"])
    def reactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        count = self._set_active(request, queryset, True)
        text = ngettext("%(count)s account is active again.", "%(count)s accounts are active again.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    def _set_active(self, request: HttpRequest, users: QuerySet[User], is_active: bool) -> int:
        """Return the number of accounts that were changed; each is noted in the history of its page."""
        changed = [user for user in self.exclude_protected(request, users) if user.is_active != is_active]
        User.objects.filter(pk__in=[user.pk for user in changed]).update(is_active=is_active)
        for user in changed:
            self.log_change(request, user, [{"changed": {"fields": ["active"]}}])
        return len(changed)

    def exclude_protected(self, request: HttpRequest, users: QuerySet[User]) -> list[User]:
        """Return the users whom the staff member may deactivate: not themselves; other staff only as a superuser."""
        return [user for user in users if user != request.user and _can_manage(request, user)]

    # The admin's own deletion would leave the pictures' files behind.
    def delete_model(self, request: HttpRequest, obj: User) -> None:
        delete_account(user=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            delete_account(user=user)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """What belongs to a user is deleted with them, and needs no permission of its own; nor is it named."""
        _nested, counts, _lacking, protected = super().get_deleted_objects(objs, request)
        lacking = {str(User._meta.verbose_name) for user in objs if not _can_manage(request, user)}
        return [str(user) for user in objs], counts, lacking, protected


def _can_manage(request: HttpRequest, user: Model | None) -> bool:
    """Return whether staff may change and delete `user`: themselves and people without rights; superusers everybody."""
    if request.user.is_superuser or not isinstance(user, User) or user == request.user:
        return True
    return not (user.is_staff or user.is_superuser)
