"""What the site records about its own running: decisions, conversions for the statistics, files to delete."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from gallery.models.exhibits import Exhibit
from gallery.models.pictures import Work
from gallery.models.videos import VideoJob


class ModerationAction(models.TextChoices):
    """What moderators do with an exhibit; `moderation.services` says which state follows."""

    PUBLISH = "publish", _("Published")
    REJECT = "reject", _("Rejected")
    HIDE = "hide", _("Hidden")
    DELETE = "delete", _("Deleted")


class Decision(models.Model):
    """One action of moderation: who did what to which work or video, when and why.

    It stays when the work and the people are deleted: `work_key` still has the id of what it was about.
    """

    action = models.CharField(_("action"), max_length=10, choices=ModerationAction.choices, db_column="act")
    work = models.ForeignKey(Work, models.SET_NULL, null=True, related_name="decisions", verbose_name=_("work"))
    job = models.ForeignKey(
        VideoJob, models.SET_NULL, null=True, related_name="decisions", verbose_name=_("video conversion")
    )
    work_key = models.UUIDField(_("work ID"))
    # NULL: the site hid it by itself, after REPORTS_TO_HIDE reports; or the moderator's account is deleted.
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="decisions",
        verbose_name=_("by"),
        db_column="by_id",
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    created = models.DateTimeField(_("time"), auto_now_add=True, db_column="at")

    class Meta:
        verbose_name, verbose_name_plural = _("decision"), _("decisions")
        indexes = [models.Index(fields=["-created"], name="decision_newest")]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.work_key}"

    @classmethod
    def for_exhibit(
        cls, exhibit: Exhibit, action: ModerationAction, decided_by: User | None = None, reason: str = ""
    ) -> "Decision":
        """Return a decision about an exhibit, not saved yet."""
        ids = {"work_id": exhibit.work_id, "job_id": exhibit.job_id, "work_key": exhibit.work_key}
        return cls(**ids, action=action, decided_by=decided_by, reason=reason)


class Conversion(models.Model):
    """One conversion as the statistics need it: nothing in it leads to a person or a picture."""

    at = models.DateTimeField(auto_now_add=True)
    style = models.CharField(max_length=60)
    seconds = models.FloatField()
    failure = models.CharField(max_length=30, blank=True)  # a code of `conversion_log`; empty: it went well

    class Meta:
        indexes = [models.Index(fields=["at"], name="conversion_at")]

    def __str__(self) -> str:
        return f"{self.style} {self.failure or 'ok'}"


class PendingDeletion(models.Model):
    """A stored file, or folder, whose rows are deleted and which is still to be deleted; `storage.deletion` does it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)  # known before it is saved
    name = models.CharField(max_length=200)
    created = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveIntegerField(default=0)  # that failed
    error = models.CharField(max_length=200, blank=True)  # of the last attempt, in the system's words

    class Meta:
        indexes = [models.Index(fields=["attempts", "created"], name="pending_deletion_next")]

    def __str__(self) -> str:
        return self.name
