"""Videos that people upload, and the jobs that convert them. All are private to their owner.

The row of a job is the truth about it, not the queue: whoever works on it says so here, and nowhere else.
"""

import uuid
from pathlib import PurePath

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gallery.models.pictures import DetailLevel
from gallery.storage.media import WORKING_FOLDER


class VideoUpload(models.Model):
    """A video file that is being uploaded in chunks; minutes or hours may pass between two of them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="video_uploads")
    file = models.CharField(max_length=100, unique=True)  # below MEDIA_ROOT
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()  # of the whole file
    received_bytes = models.PositiveBigIntegerField(default=0, db_column="arrived")
    updated = models.DateTimeField(default=timezone.now, db_index=True, db_column="touched")

    def __str__(self) -> str:
        return self.name

    @property
    def files(self) -> list[str]:
        """Return the stored names of all files of this row."""
        return [self.file]


class Video(models.Model):
    """An uploaded video, stored byte for byte, with a poster. It has the id of the upload that it came by."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="videos", verbose_name=_("owner"))
    file = models.CharField(_("file"), max_length=100, unique=True)
    poster = models.CharField(max_length=100)  # a JPEG of one frame
    name = models.CharField(_("file name"), max_length=200)
    bytes = models.PositiveBigIntegerField()  # of all its files
    width = models.PositiveIntegerField()  # upright, in square pixels
    height = models.PositiveIntegerField()
    seconds = models.FloatField()
    rate = models.FloatField()  # frames a second, on average
    has_sound = models.BooleanField()
    is_cut_off = models.BooleanField(default=False)  # the file ends too early: `seconds` are those that are there
    declared_seconds = models.FloatField(null=True)  # how long it should last; null: it does not say
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("video"), _("videos")
        indexes = [models.Index(fields=["owner", "-created"], name="video_owner_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def files(self) -> list[str]:
        """Return the stored names of all files of this row."""
        return [self.file, self.poster]


class JobState(models.TextChoices):
    """Waiting: without a plan. Running: segments are being converted, or joined. The other three are over."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Converting")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELED = "cancelled", _("Canceled")


ACTIVE_STATES = (JobState.WAITING, JobState.RUNNING)


class LeasedModel(models.Model):
    """What one worker at a time works on: the named one, until `lease_expires_at`; then any other may take it."""

    worker = models.CharField(max_length=100, blank=True)
    lease_expires_at = models.DateTimeField(default=timezone.now, db_column="free_at")
    attempts = models.PositiveSmallIntegerField(default=0, db_column="tries")

    class Meta:
        abstract = True


class VideoJob(LeasedModel):
    """A video in one style: what is asked for, how far it is, and the result.

    The lease is for what is done once: the plan while it waits, joining the segments when all are finished.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="video_jobs")
    video = models.ForeignKey(Video, models.CASCADE, related_name="jobs", verbose_name=_("video"))
    style = models.CharField(_("style"), max_length=60)
    is_fast = models.BooleanField(_("fast"), default=False)  # by the fast variant of the style, if it has one
    detail = models.CharField(_("detail"), max_length=10, choices=DetailLevel.choices)
    start = models.FloatField(default=0)  # seconds of the video
    length = models.FloatField(null=True)  # seconds; null: to its end
    is_rate_halved = models.BooleanField(default=False)
    long_side = models.PositiveIntegerField(null=True)  # pixels of the result; null: as the video
    state = models.CharField(_("state"), max_length=10, choices=JobState.choices, default=JobState.WAITING)
    error = models.CharField(max_length=30, blank=True)  # a code; `failures.get_video_failure_text` has the words
    frames = models.PositiveIntegerField(default=0)  # 0: nobody knows yet
    created = models.DateTimeField(_("created"), auto_now_add=True)
    started = models.DateTimeField(null=True)  # with the plan, the last time
    last_claimed = models.DateTimeField(null=True, db_column="served")  # when a worker last took a step of it
    finished = models.DateTimeField(null=True)
    file = models.CharField(max_length=100, blank=True)
    poster = models.CharField(max_length=100, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    bytes = models.PositiveBigIntegerField(default=0)  # of all its files, those of its exhibit too
    seconds = models.FloatField(default=0)  # of all workers together
    device = models.CharField(max_length=20, blank=True)
    engine = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("video conversion"), _("video conversions")
        indexes = [
            models.Index(fields=["state", "created"], name="video_job_queue"),
            models.Index(fields=["owner", "-created"], name="video_job_owner_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.video.name} ({self.style})"

    @property
    def files(self) -> list[str]:
        """Return the stored names of the result's files; none before the job is done."""
        return [self.file, self.poster] if self.file else []

    @property
    def folder(self) -> str:
        """Return the folder below MEDIA_ROOT that has its segments until it is done."""
        return f"{WORKING_FOLDER}/{self.pk.hex}"

    @property
    def preview(self) -> str:
        """Return the stored name of the newest frame, a JPEG that is there while the job is running."""
        return f"{self.folder}/preview.jpg"

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE_STATES

    @property
    def duration(self) -> float:
        """Return the seconds of the result. This reads the video's row."""
        rest = max(0.0, self.video.seconds - self.start)
        return rest if self.length is None else min(rest, self.length)

    @property
    def result_name(self) -> str:
        """Return what a download is called: `holiday_comic_balanced.mp4`. This reads the video's row."""
        return f"{PurePath(self.video.name).stem}_{self.style}_{self.detail}.mp4"


class VideoSegment(LeasedModel):
    """A few seconds of a job, which any worker can convert on its own. A job has segments only while it is running."""

    job = models.ForeignKey(VideoJob, models.CASCADE, related_name="segments")
    index = models.PositiveIntegerField()
    frames = models.PositiveIntegerField()
    frames_done = models.PositiveIntegerField(default=0)
    is_done = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "index"], name="video_segment_once")]

    def __str__(self) -> str:
        return f"{self.job_id} #{self.index}"


class Worker(models.Model):
    """A process that converts videos. It sends a heartbeat every few seconds; one that is silent counts as dead."""

    name = models.CharField(primary_key=True, max_length=100)
    last_seen = models.DateTimeField(db_index=True, db_column="seen")

    def __str__(self) -> str:
        return self.name
