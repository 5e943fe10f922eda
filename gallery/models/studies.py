"""Blind comparisons of styles: photos, their results, and which of two results people preferred. All are private."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Study(models.Model):
    """A blind comparison: the same photos in several styles. It is deleted with the account of who made it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="studies", verbose_name=_("owner"))
    name = models.CharField(_("name"), max_length=100)
    styles = models.JSONField()  # the ids of the candidates
    # Part of the invitation link: with another number, the links of before lead nowhere.
    invitation_number = models.PositiveIntegerField(default=1)
    created = models.DateTimeField(_("created"), auto_now_add=True)
    closed = models.DateTimeField(_("closed"), null=True)  # NULL: open for votes

    class Meta:
        verbose_name, verbose_name_plural = _("comparison of styles"), _("comparisons of styles")
        indexes = [models.Index(fields=["-created"], name="study_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.closed is None


class StudyPhoto(models.Model):
    """A photo of a study, stored byte for byte, with the copy that voters see."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey(Study, models.CASCADE, related_name="photos")
    file = models.CharField(max_length=100, unique=True)  # below MEDIA_ROOT
    preview = models.CharField(max_length=100)
    name = models.CharField(_("file name"), max_length=200)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    number = models.PositiveIntegerField()  # its place in the study, from 0

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="study_photo_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def files(self) -> list[str]:
        """Return the stored names of all files of this row."""
        return [self.file, self.preview]


class StudyResult(models.Model):
    """A photo of a study in one of its styles. Nothing that voters get of it names the style."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    photo = models.ForeignKey(StudyPhoto, models.CASCADE, related_name="results")
    style = models.CharField(_("style"), max_length=60)
    file = models.CharField(max_length=100, blank=True)  # empty: this photo cannot be converted

    class Meta:
        constraints = [models.UniqueConstraint(fields=["photo", "style"], name="study_result_once")]

    def __str__(self) -> str:
        return f"{self.photo_id} ({self.style})"

    @property
    def files(self) -> list[str]:
        """Return the stored names of all files of this row."""
        return [self.file] if self.file else []


class VoteOutcome(models.TextChoices):
    """Which of two results somebody preferred."""

    LEFT = "left", _("Left")
    RIGHT = "right", _("Right")
    NEITHER = "neither", _("Neither")


class StudyVote(models.Model):
    """What one voter said about one pair of results of one photo, and which of them stood left."""

    photo = models.ForeignKey(StudyPhoto, models.CASCADE, related_name="votes")
    left_style = models.CharField(max_length=60)
    right_style = models.CharField(max_length=60)
    pair = models.CharField(max_length=121, editable=False)  # of `make_pair`: the same whichever stood left
    outcome = models.CharField(max_length=10, choices=VoteOutcome.choices)
    # Who it was: an account, which takes its votes along when it is deleted, or a random name in a guest's session.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="study_votes")
    voter = models.CharField(max_length=40)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["photo", "pair", "voter"], name="study_vote_once")]

    def __str__(self) -> str:
        return f"{self.left_style} : {self.right_style} ({self.outcome})"


def make_pair(first: str, second: str) -> str:
    """Return one text for two styles, whichever comes first."""
    return "\n".join(sorted((first, second)))
