"""What a confirmation page of a run sends back."""

from django import forms

from portal.forms import Form


class ReplayForm(Form):
    """Whether the replay begins at the first step instead of the one that stopped."""

    from_start = forms.BooleanField(required=False, widget=forms.HiddenInput)
