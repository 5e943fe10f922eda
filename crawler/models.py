"""Runs of the crawler and what became of each picture. The rows are the truth; files and manifests follow them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Run(models.Model):
    class State(models.TextChoices):
        RUNNING = "running", _("Running or interrupted")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")

    source = models.CharField(_("source"), max_length=20)
    output = models.CharField(_("folder"), max_length=400)
    options = models.JSONField(_("options"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.RUNNING)
    message = models.CharField(_("message"), max_length=500, blank=True)
    kept = models.PositiveIntegerField(_("saved"), default=0)
    skipped = models.PositiveIntegerField(_("skipped"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    bytes = models.PositiveBigIntegerField(_("bytes"), default=0)
    started = models.DateTimeField(_("started"), auto_now_add=True)
    ended = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("crawl"), _("crawls")

    def __str__(self) -> str:
        return f"{self.source} {self.started:%Y-%m-%d %H:%M}"


class PageRead(models.Model):
    """A page of results whose pictures have all been stored as items."""

    key = models.CharField(max_length=64, unique=True)  # digest of folder, set and number
    # Digest of its pictures' URLs: a site may repeat its last page.
    urls_digest = models.CharField(max_length=64, db_column="addresses")
    is_last = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.key


class Item(models.Model):
    """One picture that a page of results named."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SAVING = "saving", _("Saving")  # verified; its file has its final name if it has this checksum
        KEPT = "kept", _("Saved")
        SKIPPED = "skipped", _("Skipped")
        FAILED = "failed", _("Failed")

    key = models.CharField(max_length=64, unique=True)  # digest of folder, set and URL
    url_key = models.CharField(max_length=64, db_index=True, db_column="address_key")  # digest of folder and URL
    output = models.CharField(_("folder"), max_length=400)
    label = models.CharField(_("class"), max_length=60)
    gender = models.CharField(_("gender"), max_length=20)
    page = models.PositiveIntegerField(_("page"))
    position = models.PositiveIntegerField(_("position"), db_column="place")  # on the page, from 1
    url = models.TextField(_("URL"), blank=True, db_column="address")
    remote_id = models.CharField(max_length=100, blank=True)
    title = models.TextField(_("title"), blank=True)
    keywords = models.JSONField(default=list)
    license = models.CharField(_("license"), max_length=100, blank=True, db_column="licence")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    is_final = models.BooleanField(default=False)  # another try would end the same way
    file = models.CharField(_("file"), max_length=200, blank=True)  # below the folder
    bytes = models.PositiveBigIntegerField(_("bytes"), default=0)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    perceptual_hash = models.CharField(max_length=16, blank=True)
    same_as = models.CharField(_("same as"), max_length=200, blank=True)  # the kept file that shows the same
    fetched = models.DateTimeField(_("fetched"), null=True)
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="items", verbose_name=_("crawl"))

    class Meta:
        verbose_name, verbose_name_plural = _("picture"), _("pictures")
        ordering = ("label", "gender", "page", "position", "pk")
        indexes = [
            models.Index(fields=["label", "gender", "page"], name="item_set"),
            models.Index(fields=["state", "label"], name="item_state"),
        ]

    def __str__(self) -> str:
        return self.file or self.url
