"""Forms of the portal. `Form` gives every widget the classes that app.css draws."""

from typing import Any

from django import forms

_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxInput, "form-check-input"),
    (forms.RadioSelect, "form-check-input"),
    (forms.CheckboxSelectMultiple, "form-check-input"),
    (forms.Select, "form-select"),
    (forms.widgets.Input, "form-control"),
    (forms.Textarea, "form-control"),
)


def dress(form: forms.BaseForm) -> None:
    """Give every widget of the form its class; ones that the form set itself stay."""
    form.label_suffix = ""
    for field in form.fields.values():
        css = next((css for kind, css in _CLASSES if isinstance(field.widget, kind)), "")
        field.widget.attrs.setdefault("class", css)


class Form(forms.Form):
    """A form in the look of the portal; the rest is Django's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)
