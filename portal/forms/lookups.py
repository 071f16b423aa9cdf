"""The forms of the pages of lookup tables."""

from django import forms

from portal.forms import Form
from portal.forms.filters import FilterForm

#: The columns, as they stand in the first line.
FILE_HELP = (
    "UTF-8 with the columns key and value; for objects a third one, json. "
    "It takes the place of all entries."
)


class TableFilters(FilterForm):
    search_columns = ("name",)
    search_label = "Name"


class LookupVersionFilters(FilterForm):
    time_column = "created_at"


class ImportForm(Form):
    """All entries of a table as a CSV file, with what was seen when the page was opened."""

    file = forms.FileField(label="CSV file", help_text=FILE_HELP)
    reason = forms.CharField(
        required=False, max_length=2_000, help_text="What it is for. Whoever approves reads this."
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)


class NewTableForm(ImportForm):
    """The same for a table that is not there yet."""

    field_order = ("name", "file", "reason")
    name = forms.CharField(
        max_length=63, help_text="Up to 63 of a-z, 0-9, _ and -, such as team_buckets."
    )
