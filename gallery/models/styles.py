"""What the operator decided about the styles of this site, and how their downloads stand."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from gallery.models.videos import LeasedModel


class DownloadState(models.TextChoices):
    """Waiting and running: a worker does it, or will. The others are over; empty: nobody asked for a download."""

    NONE = "", _("Not asked for")
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Downloading")
    UNCONFIRMED = "unconfirmed", _("To be confirmed")  # the file is here, but nobody published what it should be
    DONE = "done", _("Downloaded")
    FAILED = "failed", _("Failed")
    CANCELED = "canceled", _("Canceled")


ACTIVE_DOWNLOADS = (DownloadState.WAITING, DownloadState.RUNNING)


class StyleSetting(LeasedModel):
    """A style of the manifest, or another file of the weights folder, as the operator wants it.

    A style without a row is enabled and stands where the manifest has it. The row is the truth about a download, as a
    video job's is: the lease is that of the worker that downloads. A row stays when its style leaves the manifest.
    """

    style = models.CharField(_("style"), primary_key=True, max_length=60)
    is_enabled = models.BooleanField(default=True)
    is_default = models.BooleanField(default=False)
    position = models.PositiveIntegerField(null=True)  # null: after those that have one, in the manifest's order
    titles = models.JSONField(default=dict)  # by language, as the manifest last had them: works outlive styles
    download = models.CharField(max_length=12, choices=DownloadState.choices, blank=True, default=DownloadState.NONE)
    received_bytes = models.PositiveBigIntegerField(default=0)
    total_bytes = models.PositiveBigIntegerField(null=True)  # null: the server does not say
    error = models.CharField(max_length=30, blank=True)  # a code; `styles.downloads.get_download_error` has the words
    error_detail = models.CharField(max_length=500, blank=True)  # in the words of the server or the system
    sha256 = models.CharField(max_length=64, blank=True)  # of what is to be confirmed

    class Meta:
        verbose_name, verbose_name_plural = _("style"), _("styles")
        indexes = [models.Index(fields=["download", "lease_expires_at"], name="style_download_queue")]

    def __str__(self) -> str:
        return self.style

    @property
    def is_downloading(self) -> bool:
        return self.download in ACTIVE_DOWNLOADS

    @property
    def percent(self) -> int | None:
        """Return how much of the file is here; None where the server does not say how large it is."""
        return min(100, 100 * self.received_bytes // self.total_bytes) if self.total_bytes else None
