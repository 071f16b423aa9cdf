"""The filters of the list of reviews, and the form that closes one."""

from django import forms

from portal.forms import Form
from portal.forms.filters import FilterForm, Menu, Text
from portal.models import BreakGlassReview


class ReviewFilters(FilterForm):
    time_column = "signed_in_at"
    search_columns = ("account__username", "source", "code")
    search_label = "Account, address or code"
    state = Menu("State", BreakGlassReview.State.choices)
    account = Text("Account", column="account__username")


class NoteForm(Form):
    note = forms.CharField(
        label="What you found",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What the account was needed for, and whether all that it did belongs to that. "
        "It is kept here and in the audit log.",
    )
