"""What the pages of the brake ask for."""

from typing import Any

from django import forms

from portal.forms import Form
from portal.masking import masked_text
from provisioning.rules.models import Rule
from provisioning.runs import brakes
from provisioning.runs.brake_models import Brake
from provisioning.runs.braked import Reach

Level = Brake.Level
_REASON = forms.Textarea(attrs={"rows": 2, "maxlength": brakes.LONGEST_REASON})


def _runs(count: int) -> str:
    return f"{count:,} open run{'' if count == 1 else 's'}"


class PullForm(Form):
    """What to stop, and why. Each choice says how many runs it would stop as things stand."""

    level = forms.ChoiceField(label="What to stop", widget=forms.RadioSelect)
    target = forms.ChoiceField(label="Which target, if one", required=False)
    rule = forms.ChoiceField(label="Which rule, if one", required=False)
    reason = forms.CharField(
        label="Reason", max_length=brakes.LONGEST_REASON, widget=_REASON,
        help_text="Everybody sees it on every page as long as the brake is on.",
    )  # fmt: skip

    def __init__(self, reach: Reach, data: Any = None) -> None:
        super().__init__(data)
        self._choose("level", [
            (Level.ALL, f"Everything: {_runs(reach.everything)}"),
            (Level.DESTRUCTIVE, f"Whatever takes something away: {_runs(reach.destructive)}"),
            (Level.TARGET, "One target, chosen below"),
            (Level.RULE, "One rule, chosen below"),
        ])  # fmt: skip
        services = [
            (name, f"{name}: {_runs(reach.by_service.get(name, 0))}") for name in brakes.services()
        ]
        single = [(name, masked_text(name)) for name in brakes.known_targets()]
        self._choose("target", [("", "none"), *services, *single])
        names = Rule.objects.order_by("name").values_list("name", flat=True)
        rules = [(name, f"{name}: {_runs(reach.by_rule.get(name, 0))}") for name in names]
        self._choose("rule", [("", "none"), *rules])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices


class ReasonForm(Form):
    reason = forms.CharField(label="Reason", max_length=brakes.LONGEST_REASON, widget=_REASON)
