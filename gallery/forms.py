"""What the forms of studio and gallery may say."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gallery.models import DetailLevel, Exhibit, ExhibitKind, FaceMode, ReportReason
from gallery.models.exhibits import normalize_title
from inference.runtime import get_style_registry

NO_SUCH_FACE = {
    name: _("These faces are not in the photo. Please reload the page.")
    for name in ("invalid_choice", "invalid_list", "invalid")
}


def available_styles() -> list[tuple[str, str]]:
    return [(style.id, style.id) for style in get_style_registry().available()]


def default_style() -> str:
    """The configured default where it is there, else the first style that is."""
    ids = [style_id for style_id, _title in available_styles()]
    return settings.DEFAULT_STYLE if settings.DEFAULT_STYLE in ids else next(iter(ids), "")


class StyleForm(forms.Form):
    """Style and detail."""

    style = forms.ChoiceField(
        choices=available_styles,
        error_messages={"required": _("Choose a style."), "invalid_choice": _("This style is not available here.")},
    )
    detail = forms.ChoiceField(choices=DetailLevel.choices, initial=DetailLevel.BALANCED)


class ChoiceForm(StyleForm):
    """What to make of a photo. `count`: how many faces of it are known, which `chosen` and `whose` are numbers of.

    `picked` says that the form had boxes for them: without it, no box that is ticked means all of them.
    """

    faces = forms.ChoiceField(choices=FaceMode.choices, required=False)
    picked = forms.BooleanField(required=False)
    chosen = forms.TypedMultipleChoiceField(coerce=int, required=False, error_messages=NO_SUCH_FACE)
    whose = forms.TypedChoiceField(coerce=int, required=False, empty_value=None, error_messages=NO_SUCH_FACE)

    def __init__(self, *args: Any, count: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in (self.fields["chosen"], self.fields["whose"]):
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
            field.choices = [(number, number) for number in range(count)]

    def choice(self) -> dict[str, Any]:
        """What was chosen, as `services.works.convert_photo` takes it."""
        data = self.cleaned_data
        mode, chosen = data["faces"] or FaceMode.OFF, tuple(data["chosen"]) if data["picked"] else None
        if mode == FaceMode.PORTRAIT:
            chosen = None if data["whose"] is None else (data["whose"],)
        return {"style": data["style"], "detail": data["detail"], "faces": mode, "chosen": chosen}


class _ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class _ManyFiles(forms.FileField):
    widget = _ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        # A damaged or empty file is reported with its name after the upload, so only absence matters here.
        if not data:
            raise forms.ValidationError(_("Choose at least one photo."))
        return data


class UploadForm(ChoiceForm):
    """One or more photos, and what to do with them."""

    photos = _ManyFiles()


class PublishForm(forms.ModelForm):
    """How a work is shown to others. The last box has to be ticked each time: it is a promise, not a setting."""

    kind = forms.ChoiceField(label=_("Gallery section"), choices=ExhibitKind.choices, widget=forms.RadioSelect)
    agreed = forms.BooleanField(
        label=_("I have the right to use this photo, and everyone in it agrees to be shown."),
        error_messages={"required": _("You can only publish it if you confirm this.")},
    )

    class Meta:
        model = Exhibit
        fields = ("kind", "title", "shows_photo")
        labels = {"shows_photo": _("Show the original photo too")}

    def clean_title(self) -> str:
        title = normalize_title(self.cleaned_data["title"])
        if not title:
            raise forms.ValidationError(self.fields["title"].error_messages["required"], code="required")
        return title


class PublishVideoForm(PublishForm):
    """The same for a video."""

    agreed = forms.BooleanField(
        label=_("I have the right to use this video, and everyone in it agrees to be shown."),
        error_messages={"required": _("You can only publish it if you confirm this.")},
    )

    class Meta(PublishForm.Meta):
        labels = {"shows_photo": _("Show one frame of the original too")}
        help_texts = {"shows_photo": _("Only you can see the original video itself.")}


class ReportForm(forms.Form):
    """Why somebody thinks that a work should not be shown."""

    reason = forms.ChoiceField(label=_("Reason"), choices=ReportReason.choices, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("Details (optional)"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Only moderators can see this."),
    )

    def add_prefix(self, field_name: str) -> str:
        """Return the name that a field has in a POST: the reason keeps the one that it was published under."""
        return super().add_prefix("complaint" if field_name == "reason" else field_name)


class VideoForm(StyleForm):
    """What shall become of a video."""

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
