from typing import Any

from django import forms


class FocusFirstField(forms.BaseForm):
    """Puts the focus on the first field of a fresh form; one with errors gives it to the summary of errors."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, field in enumerate(self.fields.values()):
            field.widget.attrs.pop("autofocus", None)
            if number == 0 and not self.is_bound:
                field.widget.attrs["autofocus"] = True
