"""What the page of a plan sends back: how it is to be carried out."""

from django import forms

from portal.forms import Form
from provisioning.plans import options
from provisioning.plans.options import Options


class ConfirmForm(Form):
    """The checksum is that of the plan that was shown; the rest are its options."""

    checksum = forms.CharField(widget=forms.HiddenInput, max_length=64)
    start = forms.ChoiceField(
        label="Begin at",
        choices=[(options.FROM_FAILED_STEP, "the failed step"), (options.FROM_START, "the start")],
    )
    version = forms.ChoiceField(
        label="Version of the rule",
        choices=[(options.SAME_VERSION, "as it was then"), (options.CURRENT_VERSION, "current")],
    )
    rate = forms.FloatField(
        label="Speed, items a second", min_value=options.SLOWEST, max_value=options.FASTEST
    )
    stop_after = forms.IntegerField(
        label="Stop after so many failures in a row",
        min_value=0,
        max_value=options.MOST_IN_A_ROW,
        help_text="0 never stops.",
    )
    reason = forms.CharField(
        label="Reason", required=False, max_length=1000, help_text="It goes to the audit log."
    )
    classes = forms.MultipleChoiceField(
        choices=[(one, one) for one in options.CHOICES],
        required=False,
        widget=forms.MultipleHiddenInput,
    )

    def options(self) -> Options:
        data = self.cleaned_data
        return Options(
            start=data["start"],
            version=data["version"],
            rate=data["rate"],
            stop_after=data["stop_after"],
            classes=tuple(data["classes"]),
        )

    def problem(self) -> str:
        """The first thing that is wrong, in a sentence with the field's name."""
        for name, errors in self.errors.items():
            return f"{self.fields[name].label or name.capitalize()}: {errors[0]}"
        return ""


def filled(checksum: str, chosen: Options, reason: str) -> ConfirmForm:
    return ConfirmForm(
        initial={
            "checksum": checksum,
            "start": chosen.start,
            "version": chosen.version,
            "rate": f"{chosen.rate:g}",
            "stop_after": chosen.stop_after,
            "reason": reason,
        }
    )
