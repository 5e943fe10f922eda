"""The forms of studies: a new one, and a vote."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gallery.models import Study, StudyResult, VoteOutcome
from gallery.photos.forms import ManyFilesField, list_style_choices
from gallery.photos.samples import SAMPLES

MIN_STYLES = 2


def list_sample_choices() -> list[tuple[str, Any]]:
    """Return the sample photos, as a form field takes its choices."""
    return [(sample.name, sample.description) for sample in SAMPLES.values()]


class StudyForm(forms.ModelForm):
    """What is compared: styles, and on which photos."""

    styles = forms.MultipleChoiceField(
        label=_("Styles"),
        choices=list_style_choices,
        error_messages={
            "required": _("Choose at least two styles."),
            "invalid_choice": _("This style is not available here."),
        },
    )
    samples = forms.MultipleChoiceField(
        label=_("Sample photos"), choices=list_sample_choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    photos = ManyFilesField(
        label=_("Your own photos"), required=False, help_text=_("Up to 20. Everyone who takes part sees them.")
    )
    agreed = forms.BooleanField(
        label=_("I have the right to use these photos, and everyone in them agrees to be shown."), required=False
    )

    class Meta:
        model = Study
        fields = ("name",)
        help_texts = {"name": _("Only staff can see this.")}

    def clean_styles(self) -> list[str]:
        styles: list[str] = self.cleaned_data["styles"]
        if len(set(styles)) < MIN_STYLES:
            raise forms.ValidationError(_("Choose at least two styles."), code="too_few")
        return list(dict.fromkeys(styles))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("photos") and not data.get("samples") and "photos" not in self.errors:
            self.add_error("photos", _("Choose at least one photo."))
        if data.get("photos") and not data.get("agreed"):
            self.add_error("agreed", _("You can only use your own photos if you confirm this."))
        return data


class VoteForm(forms.Form):
    """Which of two results of one photo of a study somebody prefers."""

    left = forms.ModelChoiceField(StudyResult.objects.none())
    right = forms.ModelChoiceField(StudyResult.objects.none())
    outcome = forms.ChoiceField(choices=VoteOutcome.choices)

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        results = StudyResult.objects.filter(photo__study=study).exclude(file="")
        for name in ("left", "right"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
            field.queryset = results

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        left, right = data.get("left"), data.get("right")
        if left and right and (left.photo_id != right.photo_id or left.pk == right.pk):
            raise forms.ValidationError("not a pair", code="not_a_pair")
        return data
