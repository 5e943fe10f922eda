"""Photos that people upload, and the works made from them. Both are private to their owner."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Photo(models.Model):
    """An uploaded photo, stored byte for byte, with a copy that every browser can show.

    The same file from the same owner is one photo. It is deleted with the last of its works.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="photos", verbose_name=_("owner"))
    file = models.CharField(_("file"), max_length=100, unique=True)  # below MEDIA_ROOT
    preview = models.CharField(max_length=100)  # upright, in sRGB and no larger than a screen: what browsers show
    name = models.CharField(_("file name"), max_length=200)  # as its owner calls it
    sha256 = models.CharField(max_length=64)
    bytes = models.PositiveBigIntegerField()  # of all its files
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    # A list of `imaging.faces.FaceDict`, the largest first; NULL: nobody has looked for them. Once stored they stay.
    faces = models.JSONField(null=True, editable=False)
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("photo"), _("photos")
        constraints = [models.UniqueConstraint(fields=["owner", "sha256"], name="photo_once_an_owner")]

    def __str__(self) -> str:
        return self.name

    @property
    def files(self) -> list[str]:
        """Return the stored names of all files of this row."""
        return [self.file, self.preview]


class DetailLevel(models.TextChoices):
    """How large the brush strokes are; the values are the keys of `inference.sizes.DETAILS`."""

    BOLD = "bold", _("Bold")
    BALANCED = "balanced", _("Balanced")
    FINE = "fine", _("Fine")


class ConversionSpeed(models.TextChoices):
    """What a form offers where a style has a fast variant; rows say `is_fast`."""

    BEST = "best", _("Best quality, slower")
    FAST = "fast", _("Fast")


class FaceMode(models.TextChoices):
    """How faces are converted; the values are those of `inference.faces.FACE_MODES`."""

    OFF = "off", _("Whole picture")
    FOCUS = "focus", _("Sharpen faces")
    PORTRAIT = "portrait", _("Portrait crop")


class Work(models.Model):
    """A photo converted in one style: the result, and how it came about.

    `style`, `is_fast`, `detail`, `faces` and `face_numbers` are resolved `ConversionOptions`: a photo has one work for
    each.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="works", verbose_name=_("owner"))
    photo = models.ForeignKey(Photo, models.CASCADE, related_name="works", verbose_name=_("photo"))
    style = models.CharField(_("style"), max_length=60)
    is_fast = models.BooleanField(_("fast"), default=False)  # made by the fast variant of the style
    detail = models.CharField(_("detail"), max_length=10, choices=DetailLevel.choices)
    faces = models.CharField(_("faces"), max_length=10, choices=FaceMode.choices, default=FaceMode.OFF)
    # Numbers of the photo's faces that were converted on their own: "0 2".
    face_numbers = models.CharField(max_length=100, blank=True, editable=False, db_column="chosen")
    file = models.CharField(_("file"), max_length=100, unique=True)
    thumbnail = models.CharField(max_length=100)
    photo_crop = models.CharField(max_length=100, blank=True, db_column="cut")  # what a portrait shows of the photo
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    bytes = models.PositiveBigIntegerField(default=0)  # of all its files, those of its exhibit too
    seconds = models.FloatField(_("seconds"))  # of the conversion alone
    device = models.CharField(_("device"), max_length=20)
    engine = models.CharField(_("engine"), max_length=20)
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("work"), _("works")
        indexes = [
            models.Index(fields=["owner", "-created"], name="work_owner_newest"),
            models.Index(fields=["owner", "style", "-created"], name="work_owner_style"),
            models.Index(fields=["style", "detail", "faces", "-created"], name="work_history"),
        ]

    def __str__(self) -> str:
        return f"{self.photo.name} ({self.style})"

    @property
    def files(self) -> list[str]:
        """Return the stored names of all files of this row."""
        return [self.file, self.thumbnail, *filter(None, [self.photo_crop])]

    @property
    def before(self) -> str:
        """Return the file to compare the result with: the photo, or no more of it than a portrait shows."""
        return self.photo_crop or self.photo.preview
