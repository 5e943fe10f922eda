"""The form of a video's conversion."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gallery.models import ConversionSpeed
from gallery.photos.forms import StyleForm


class VideoForm(StyleForm):
    """What shall become of a video."""

    default_speed = ConversionSpeed.FAST
    SIZES = ((480, "480"), (640, "640"), (854, "854"), (1280, "1280"))

    start = forms.FloatField(label=_("Start"), min_value=0, required=False)
    length = forms.FloatField(label=_("Length"), min_value=0.1, required=False)
    is_rate_halved = forms.BooleanField(
        label=_("Frame rate"),
        required=False,
        widget=forms.Select(choices=(("", pgettext_lazy("video option", "Original")), ("1", _("Half")))),
    )
    long_side = forms.TypedChoiceField(
        label=_("Size"),
        choices=(("", pgettext_lazy("video option", "Original")), *SIZES),
        coerce=int,
        empty_value=None,
        required=False,
    )

    def __init__(self, *args: Any, seconds: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seconds = seconds

    def clean_start(self) -> float:
        start = self.cleaned_data["start"] or 0.0
        if start >= self.seconds:
            raise forms.ValidationError(_("The video ends before the chosen start."))
        return start

    def clean_length(self) -> float | None:
        """None: to its end."""
        length: float | None = self.cleaned_data["length"]
        return None if length is None or length > self.seconds else length
