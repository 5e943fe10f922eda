"""What the forms of studio and gallery may say."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from inference.runtime import registry

from .models import Complaint, Detail, Exhibit, Kind
from .models.exhibits import clean_title


def available_styles() -> list[tuple[str, str]]:
    return [(style.id, style.id) for style in registry().available()]


def default_style() -> str:
    """The configured default where it is there, else the first style that is."""
    ids = [style_id for style_id, _title in available_styles()]
    return settings.DEFAULT_STYLE if settings.DEFAULT_STYLE in ids else next(iter(ids), "")


class ChoiceForm(forms.Form):
    """Style and detail."""

    style = forms.ChoiceField(
        choices=available_styles,
        error_messages={"required": _("Choose a style."), "invalid_choice": _("This style is not available here.")},
    )
    detail = forms.ChoiceField(choices=Detail.choices, initial=Detail.BALANCED)


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

    kind = forms.ChoiceField(label=_("Where it hangs"), choices=Kind.choices, widget=forms.RadioSelect)
    agreed = forms.BooleanField(
        label=_("The photo is mine to use, and everybody in it agrees that it is shown."),
        error_messages={"required": _("Without this it cannot be shown to others.")},
    )

    class Meta:
        model = Exhibit
        fields = ("kind", "title", "shows_photo")
        labels = {"shows_photo": _("Show the photo beside it")}

    def clean_title(self) -> str:
        title = clean_title(self.cleaned_data["title"])
        if not title:
            raise forms.ValidationError(self.fields["title"].error_messages["required"], code="required")
        return title


class ReportForm(forms.Form):
    """Why somebody thinks that a work should not be shown."""

    complaint = forms.ChoiceField(label=_("What is wrong"), choices=Complaint.choices, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("In your words"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Only the people who run this site read it."),
    )
