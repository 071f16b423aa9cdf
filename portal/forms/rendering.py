"""How Django draws a form: its own widgets, our field and form templates."""

from typing import Any

from django.forms.renderers import DjangoTemplates
from django.template import loader

#: Django gives the box around several choices the class of each of them.
_OURS = {
    "django/forms/widgets/radio.html": "components/_choices.html",
    "django/forms/widgets/checkbox_select.html": "components/_choices.html",
}


class Renderer(DjangoTemplates):
    form_template_name = "components/_form.html"
    field_template_name = "components/_field.html"

    def get_template(self, template_name: str) -> Any:
        template_name = _OURS.get(template_name, template_name)
        if template_name.startswith("components/"):
            return loader.get_template(template_name)
        return super().get_template(template_name)
