"""What people fill in when they say what becomes of a cause."""

from datetime import timedelta
from typing import Any

from django import forms

from portal.forms import Form
from portal.forms.moments import Moment
from provisioning.runs.triage import MOST_HITS, MOST_NOTE, MOST_URL

SPANS = {
    "1h": ("1 hour", timedelta(hours=1)),
    "8h": ("8 hours", timedelta(hours=8)),
    "1d": ("1 day", timedelta(days=1)),
    "7d": ("7 days", timedelta(days=7)),
    "30d": ("30 days", timedelta(days=30)),
}


def _note(label: str = "Note", *, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=MOST_NOTE,
        widget=forms.Textarea({"rows": 3}),
        help_text="Everybody who may see failures reads it; it goes into the audit log.",
    )


class NoteForm(Form):
    note = _note()


class SnoozeForm(Form):
    span = forms.ChoiceField(
        label="For how long",
        required=False,
        choices=[("", "–"), *((slug, words) for slug, (words, _) in SPANS.items())],
    )
    hits = forms.IntegerField(
        label="Or until it has happened so many more times",
        required=False,
        min_value=1,
        max_value=MOST_HITS,
    )
    note = _note()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = self.cleaned_data
        if not self.errors and bool(data.get("span")) == bool(data.get("hits")):
            raise forms.ValidationError(
                "Choose for how long, or write how many more times. Not both."
            )
        return data


class ResolveForm(Form):
    version = forms.IntegerField(
        label="In version of the rule",
        required=False,
        min_value=1,
        max_value=2_000_000_000,
        help_text="Leave it empty where the rule was not what was changed.",
    )
    note = _note()


class HandleForm(Form):
    note = _note("What was done", required=True)
    url = forms.CharField(
        label="Link to a ticket",
        required=False,
        max_length=MOST_URL,
        help_text="Begins with https:// or http://.",
    )
    #: Until when the runs were looked at; later ones are not taken along.
    seen = Moment(required=False, max_length=40, widget=forms.HiddenInput)
