"""The forms of the studio."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gallery.models import DetailLevel, FaceMode
from gallery.photos.conversion import ConversionOptions
from gallery.styles.catalog import StyleCatalog, load_style_catalog

UNKNOWN_FACE_MESSAGES = {
    name: _("These faces are not in the photo. Please reload the page.")
    for name in ("invalid_choice", "invalid_list", "invalid")
}


def list_style_choices() -> list[tuple[str, str]]:
    """Return the styles that can be used, as a form field takes its choices."""
    return [(style.id, style.id) for style in load_style_catalog().offered]


def get_chosen_style(data: Mapping[str, Any], catalog: StyleCatalog) -> str:
    """Return the id of the style that a form named, or the default where that one is not offered (any more)."""
    style_id = str(data.get("style", ""))
    return style_id if any(style.id == style_id for style in catalog.offered) else catalog.default_id


class StyleForm(forms.Form):
    """Style and detail."""

    style = forms.ChoiceField(
        choices=list_style_choices,
        error_messages={
            "required": _("Choose a style."),
            "invalid_choice": _("This style is not available here. Choose another one."),
        },
    )
    detail = forms.ChoiceField(choices=DetailLevel.choices, initial=DetailLevel.BALANCED)


class ConversionForm(StyleForm):
    """What to make of a photo with `face_count` known faces.

    `chosen` are the numbers of the faces in focus, `whose` that of the one in the portrait. `picked` says that the
    form had boxes for them: without it, no box that is ticked means all of them.
    """

    faces = forms.ChoiceField(choices=FaceMode.choices, required=False)
    picked = forms.BooleanField(required=False)
    chosen = forms.TypedMultipleChoiceField(coerce=int, required=False, error_messages=UNKNOWN_FACE_MESSAGES)
    whose = forms.TypedChoiceField(coerce=int, required=False, empty_value=None, error_messages=UNKNOWN_FACE_MESSAGES)

    def __init__(self, *args: Any, face_count: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in (self.fields["chosen"], self.fields["whose"]):
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
            field.choices = [(number, number) for number in range(face_count)]

    def get_options(self) -> ConversionOptions:
        """Return what was chosen in a valid form."""
        data = self.cleaned_data
        mode, numbers = data["faces"] or FaceMode.OFF, tuple(data["chosen"]) if data["picked"] else None
        if mode == FaceMode.PORTRAIT:
            numbers = None if data["whose"] is None else (data["whose"],)
        return ConversionOptions(data["style"], data["detail"], mode, numbers)


class _ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class _ManyFiles(forms.FileField):
    widget = _ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        # A damaged or empty file is reported with its name after the upload, so only absence matters here.
        if not data:
            raise forms.ValidationError(_("Choose at least one photo."))
        return data


class UploadForm(ConversionForm):
    """One or more photos, and what to do with them."""

    photos = _ManyFiles()
