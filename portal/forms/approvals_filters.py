"""The filters of the list of approvals, and the small forms of its pages."""

from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from django import forms
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from portal.approvals.kinds import KINDS
from portal.forms import Form
from portal.forms.filters import Control, FilterForm, Menu, Text
from provisioning.approvals.models import Approval, Decision

M = TypeVar("M", bound=Model)


class Mine(Menu):
    """By what the person who looks has to do with it."""

    identity = ""

    def condition(self, name: str, value: list[str]) -> Q:
        return Q(*[_mine(one, self.identity) for one in value], _connector=Q.OR)


def _mine(what: str, identity: str) -> Q:
    if what == "asked":
        return Q(requester_identity=identity)
    if what == "claimed":
        return Q(claimed_identity=identity)
    decided = Decision.objects.filter(approval=OuterRef("pk"), decider_identity=identity)
    if what == "decided":
        return Q(Exists(decided))
    own = Q(requester_identity=identity) | Q(author_identity=identity)
    wrote = Approval.objects.filter(pk=OuterRef("pk"), content__authors__contains=[identity])
    return ~own & ~Q(Exists(decided)) & ~Q(Exists(wrote))


class ApprovalFilters(FilterForm):
    """Without a state, only what is open is listed."""

    time_column = "created_at"
    search_columns = ("title", "requester", "code")
    search_label = "What, asked by or code"
    kind = Menu("Kind", [(key, kind.name) for key, kind in KINDS.items()])
    state = Menu("State", Approval.State.choices)
    mine = Mine(
        "Mine",
        [
            ("others", "Others asked"),
            ("asked", "I asked"),
            ("claimed", "I claimed"),
            ("decided", "I decided"),
        ],
    )
    rule = Text("Rule", column="content__rule__name")
    person = Text("Person", column="content__person__login")

    def _narrowed(self, rows: QuerySet[M], now: datetime) -> QuerySet[M]:
        found = super()._narrowed(rows, now)
        return found if self.cleaned_data.get("state") else found.filter(state="open")

    def menus(self) -> list[Control]:
        return [
            replace(one, summary="Needs approval")
            if one.name == "state" and one.summary == "Any"
            else one
            for one in super().menus()
        ]


def filters_for(identity: str) -> type[ApprovalFilters]:
    """The filters as this person uses them."""

    class Filters(ApprovalFilters):
        def __init__(self, data: Any) -> None:
            super().__init__(data)
            mine = self.fields["mine"]
            if isinstance(mine, Mine):
                mine.identity = identity

    return Filters


class DecisionForm(Form):
    """What a person decides, and the hash of what they saw. Nothing else in the POST counts."""

    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Needed, unless you approve. Everybody who reads this approval or the audit log "
        "sees it.",
    )
    verdict = forms.ChoiceField(choices=Decision.Verdict.choices, widget=forms.HiddenInput)


class ClaimForm(Form):
    on = forms.ChoiceField(choices=[("1", "Claim"), ("0", "Let go")], widget=forms.HiddenInput)


class CancelForm(Form):
    """Why a held run is given up."""

    reason = forms.CharField(
        label="Reason", max_length=500, help_text="It is kept with the run and in the audit log."
    )


class PolicyForm(Form):
    """Whether two people are always needed."""

    four_eyes = forms.ChoiceField(
        label="When a second person is needed",
        choices=[
            ("always", "Always"),
            ("medium", "From medium risk: off below medium risk"),
            ("high", "From high risk: off below high risk"),
        ],
    )
    reason = forms.CharField(
        label="Reason",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="It is kept in the audit log.",
    )
