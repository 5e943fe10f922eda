"""The forms by which people publish and report works."""

from pathlib import PurePath
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from gallery.models import Exhibit, ExhibitKind, FaceMode, ReportReason, VideoJob, Work
from gallery.models.exhibits import normalize_title, subject_filter
from gallery.styles import StyleCard


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


def build_publishing_context(work: Work | VideoJob, form: PublishForm | None, style: StyleCard) -> dict[str, Any]:
    """Return the context of `gallery/publishing.html`: how a work or video is shown, and the form that changes it."""
    exhibit = Exhibit.objects.filter(subject_filter(work.pk)).first()
    return {
        "exhibit": exhibit,
        "form": form or _build_form(work, exhibit, _shows_face(work, style)),
        "is_reviewed": settings.GALLERY_REVIEW,
        "style": style,
    }


def _build_form(work: Work | VideoJob, exhibit: Exhibit | None, is_face: bool) -> PublishForm:
    """The form, filled in with what is shown, or with what seems likely."""
    source, form = (work.photo, PublishForm) if isinstance(work, Work) else (work.video, PublishVideoForm)
    likely = {"title": PurePath(source.name).stem[:100], "kind": ExhibitKind.FACE if is_face else None}
    return form(instance=exhibit, initial=None if exhibit else likely)


def _shows_face(work: Work | VideoJob, style: StyleCard) -> bool:
    """As far as what was chosen tells."""
    has_faces = isinstance(work, Work) and work.faces != FaceMode.OFF
    return has_faces or style.subject == "face"
