"""The forms of the studio."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gallery.models import ConversionSpeed, DetailLevel, FaceMode
from gallery.photos.conversion import ConversionOptions
from gallery.styles.catalog import StyleCatalog, load_style_catalog
from inference.runtime import get_style_registry

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


def list_speed_choices(catalog: StyleCatalog) -> list[tuple[str, Any]]:
    """Return the speeds to choose from; none where no style has a fast variant, as there is nothing to choose then."""
    has_any = any(style.has_fast for style in catalog.offered)
    return list(ConversionSpeed.choices) if has_any else []


class StyleForm(forms.Form):
    """Style, detail and speed.

    In a valid form `is_fast` stands for the speed; it is false for a style without a fast variant. A form without a
    speed, as those of earlier versions are, gets `default_speed`.
    """

    default_speed = ConversionSpeed.BEST
    style = forms.ChoiceField(
        choices=list_style_choices,
        error_messages={
            "required": _("Choose a style."),
            "invalid_choice": _("This style is not available here. Choose another one."),
        },
    )
    detail = forms.ChoiceField(choices=DetailLevel.choices, initial=DetailLevel.BALANCED)
    speed = forms.ChoiceField(choices=ConversionSpeed.choices, required=False)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        is_fast = (data.pop("speed", "") or self.default_speed) == ConversionSpeed.FAST
        return data | {"is_fast": is_fast and "style" in data and get_style_registry().get(data["style"]).has_fast}


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
        return ConversionOptions(data["style"], data["detail"], mode, numbers, data["is_fast"])


class ManyFilesInput(forms.ClearableFileInput):
    """An input that takes several files at once."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """One or more files. A damaged or empty one is reported with its name later, so only absence matters here."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        if not data and self.required:
            raise forms.ValidationError(_("Choose at least one photo."))
        return data


class UploadForm(ConversionForm):
    """One or more photos, and what to do with them."""

    photos = ManyFilesField()
