"""Works and videos that their owners publish: what others see of them, their likes and their reports."""

import unicodedata
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.deletion import Collector
from django.utils.translation import gettext_lazy as _

from gallery.models.pictures import Work
from gallery.models.videos import VideoJob

MAX_BLUR_LENGTH = 600
JOINERS = "\u200c\u200d"  # zero-width: invisible, but some scripts and many emoji are written with them
BLANK_CHARACTERS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and a symbol, by their category, that show nothing
MAX_SEARCH_LENGTH = 190  # characters; the two indexes that hold them have to fit MariaDB's 3072 bytes


class ExhibitKind(models.TextChoices):
    """The section of the gallery. Faces are never handed out as files to others."""

    FACE = "face", _("Faces")
    SCENERY = "scenery", _("Scenery")


class ExhibitState(models.TextChoices):
    """Who sees an exhibit: all only when it is published; staff all but withdrawn ones; its owner always."""

    WAITING = "waiting", _("Waiting for review")
    PUBLISHED = "published", _("Published")
    REJECTED = "rejected", _("Rejected")
    HIDDEN = "hidden", _("Hidden")
    WITHDRAWN = "withdrawn", _("Private")  # unpublished by its owner


def cascade(collector: Collector, field: models.ForeignKey, rows: models.QuerySet, using: str) -> None:
    """Delete the exhibits of deleted works, as `models.CASCADE` does, but without setting the column to NULL before.

    Django does that on MariaDB for columns that may be NULL, which the constraint `exhibit_of_one` forbids here.
    Migrations name this function by its path.
    """
    collector.collect(rows, source=field.remote_field.model, source_attr=field.name, fail_on_restricted=False)


class Exhibit(models.Model):
    """What others see of a work, or of a video's conversion. A withdrawn one stays, and its likes and reports with it.

    `owner`, `style`, `likes` and `search` repeat what other tables say: a list of any length is read from one
    index alone, which no join allows. `showcase.publishing` and `showcase.reactions` keep them true.
    """

    work = models.OneToOneField(Work, cascade, null=True, related_name="exhibit", verbose_name=_("work"))
    job = models.OneToOneField(VideoJob, cascade, null=True, related_name="exhibit", verbose_name=_("video conversion"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="exhibits", verbose_name=_("owner")
    )
    kind = models.CharField(_("gallery section"), max_length=10, choices=ExhibitKind.choices)
    title = models.CharField(_("title"), max_length=100)
    shows_photo = models.BooleanField(_("the photo is shown too"), default=False)
    style = models.CharField(_("style"), max_length=60)
    state = models.CharField(_("state"), max_length=10, choices=ExhibitState.choices)
    reason = models.CharField(_("reason"), max_length=300, blank=True)  # of a rejection or hiding; its owner reads it
    submitted = models.DateTimeField(_("submitted"))  # when its owner last changed what staff decide about
    published = models.DateTimeField(_("published"), null=True)  # for the first time
    likes = models.PositiveIntegerField(_("likes"), default=0)
    search = models.CharField(max_length=MAX_SEARCH_LENGTH, editable=False)  # title and owner, case folded
    renditions = models.JSONField(default=list, editable=False)  # [[width, WebP file], …], the smallest first
    card = models.CharField(max_length=100, editable=False)  # a JPEG for the previews of links
    blur = models.CharField(max_length=MAX_BLUR_LENGTH, editable=False)  # a data URI, shown until a rendition is there
    frame = models.CharField(max_length=100, blank=True, editable=False)  # of a video: what its poster was made of

    class Meta:
        verbose_name, verbose_name_plural = _("exhibit"), _("exhibits")
        # Each holds all that a list is filtered by, so that even a rare find costs no look into the rows.
        indexes = [
            models.Index(fields=["state", "published", "id", "kind", "style", "search"], name="exhibit_newest"),
            models.Index(fields=["state", "likes", "id", "kind", "style", "search"], name="exhibit_most_liked"),
            models.Index(fields=["state", "submitted"], name="exhibit_queue"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(work__isnull=False, job__isnull=True) | Q(work__isnull=True, job__isnull=False),
                name="exhibit_of_one",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("update_fields") is None:
            self.search = build_search_text(self.title, self.owner.username_key)
        super().save(*args, **kwargs)

    @property
    def files(self) -> list[str]:
        """Return the stored names of all files of this row."""
        return [*(name for _width, name in self.renditions), self.card, *filter(None, [self.frame])]

    @property
    def subject(self) -> Work | VideoJob:
        """Return the work, or the video's conversion, that is shown."""
        subject = self.work or self.job
        assert subject  # noqa: S101 - one of them is there, as the database sees to
        return subject

    @property
    def work_key(self) -> UUID:
        """Return the id of what is shown, which is in the public URL."""
        key: UUID | None = self.work_id or self.job_id
        assert key  # noqa: S101 - see above
        return key

    @property
    def before(self) -> str:
        """Return the file to compare it with: the photo, or the frame of the video that its poster was made of."""
        return self.work.before if self.work else self.frame

    @property
    def is_public(self) -> bool:
        return self.state == ExhibitState.PUBLISHED

    @property
    def is_downloadable(self) -> bool:
        """Return whether others may download it: not where it shows people."""
        return self.kind == ExhibitKind.SCENERY


def subject_filter(key: UUID) -> Q:
    """Return the condition that finds the exhibit of a work or a video's conversion by the id of that."""
    return Q(work_id=key) | Q(job_id=key)


def normalize_title(text: str) -> str:
    """Return a title as it is stored: in one line, and without invisible characters.

    The two joiners stay within words: some scripts and many emoji are written with them. The title is empty where
    nothing is left that can be seen.
    """
    kept = (" " if char.isspace() else char for char in text if char.isspace() or not _is_control(char))
    words = (word.strip(JOINERS) for word in "".join(kept).split())
    title = " ".join(word for word in words if word)
    return title if any(_is_visible(char) for char in title) else ""


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf") and char not in JOINERS


def _is_visible(char: str) -> bool:
    """Combining marks (category M) belong to the character before, and are nothing without one."""
    category = unicodedata.category(char)
    is_new = category == "Cn"  # newer than this Python's tables: an emoji perhaps
    return is_new or (char not in BLANK_CHARACTERS and category[0] not in "CMZ")


def build_search_text(title: str, owner: str) -> str:
    """Return what a search looks through: the owner's name, and as much of the title as fits into the column."""
    return f"{owner[: MAX_SEARCH_LENGTH // 2]}\n{fold_case(title)}"[:MAX_SEARCH_LENGTH]


def fold_case(text: str) -> str:
    """Return a text as searches compare it: without case, and with full-width letters as plain ones (NFKC)."""
    return unicodedata.normalize("NFKC", text).casefold()


class Like(models.Model):
    """One person likes one exhibit. `Exhibit.likes` counts them."""

    exhibit = models.ForeignKey(Exhibit, models.CASCADE, related_name="likings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="likings")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "exhibit"], name="like_once")]

    def __str__(self) -> str:
        return f"{self.user_id} likes {self.exhibit_id}"


class ReportReason(models.TextChoices):
    """What is wrong with an exhibit."""

    PERSON = "person", _("It shows me, or someone else, without permission")
    INDECENT = "indecent", _("Sexual, violent or hateful content")
    COPYRIGHT = "copyright", _("The photo belongs to someone else")
    OTHER = "other", _("Something else")


class Report(models.Model):
    """What one person reported about an exhibit."""

    exhibit = models.ForeignKey(Exhibit, models.CASCADE, related_name="reports", verbose_name=_("exhibit"))
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="reports", verbose_name=_("reporter")
    )
    reason = models.CharField(_("reason"), max_length=10, choices=ReportReason.choices, db_column="complaint")
    text = models.CharField(_("details"), max_length=500, blank=True)
    created = models.DateTimeField(_("created"), auto_now_add=True)
    is_resolved = models.BooleanField(_("resolved"), default=False, db_column="settled")  # staff have decided since

    class Meta:
        verbose_name, verbose_name_plural = _("report"), _("reports")
        constraints = [models.UniqueConstraint(fields=["exhibit", "reporter"], name="report_once")]
        indexes = [models.Index(fields=["is_resolved", "-created"], name="report_queue")]

    def __str__(self) -> str:
        return f"{self.exhibit}: {self.get_reason_display()}"
