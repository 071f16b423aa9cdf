"""What the pages of drafts send back."""

from django import forms

from portal.forms import Form

_LINES = {"rows": 28, "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}


class NewRuleForm(Form):
    """The name of a rule that is not there yet."""

    name = forms.CharField(
        max_length=63,
        help_text="2 to 63 of a-z, 0-9 and -, such as marketing-s3-folder. It never changes.",
    )


class SourceForm(Form):
    """A draft as YAML, with what was seen when it was opened."""

    source = forms.CharField(
        label="YAML", required=False, strip=False, widget=forms.Textarea(attrs=_LINES)
    )
    seen = forms.CharField(widget=forms.HiddenInput)


class AskForm(Form):
    """Why a draft shall be published; the words go to those who decide, and into the trail."""

    reason = forms.CharField(
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What it is for. Whoever approves reads this.",
    )


class OntoForm(Form):
    """The version on top of which the draft goes on."""

    onto = forms.IntegerField(min_value=1, max_value=2_147_483_647, widget=forms.HiddenInput)


class VersionForm(Form):
    """The version to begin with; the one in force if left out."""

    version = forms.IntegerField(required=False, min_value=1, max_value=2_147_483_647)


class TestCaseForm(Form):
    """An event saved as a test: what the rule shall say of it."""

    __test__ = False  # not one of pytest's

    event = forms.CharField(max_length=40, widget=forms.HiddenInput)
    matched = forms.ChoiceField(
        label="The rule shall",
        choices=[("1", "match this event"), ("0", "not match this event")],
    )
    hold_calls = forms.BooleanField(
        label="and send exactly what it would send now", required=False, initial=True
    )
    note = forms.CharField(
        required=False,
        max_length=500,
        help_text="What this case is about.",
    )


class BacktestForm(Form):
    """How far back."""

    days = forms.TypedChoiceField(
        label="Events of the last",
        coerce=int,
        choices=[(1, "1 day"), (7, "7 days"), (30, "30 days"), (90, "90 days")],
        initial=7,
    )
