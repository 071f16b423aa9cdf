"""The one search box."""

from django import forms

from portal.forms import Form


class SearchForm(Form):
    q = forms.CharField(
        required=False, max_length=200, label="Person, event, run or rule", strip=True,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )  # fmt: skip
