"""Taking a burst apart, so that a part of it can be decided by itself."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from portal.actors import actor_of
from portal.forms import Form
from provisioning.approvals.models import Approval
from provisioning.plans import splitting
from provisioning.plans.asking import CannotChange
from provisioning.plans.models import Plan

#: What is wrong with a field, said where the whole request is answered.
_WRONG = {
    "sub_group": "Choose an effect of the list.",
    "target": "Choose a target of the list.",
    "department": "Choose a department of the list.",
    "first": "The first so many has to be a whole number from 1 to 100,000.",
}


class PartForm(Form):
    sub_group = forms.CharField(required=False, max_length=200)
    target = forms.CharField(required=False, max_length=2_000)
    department = forms.CharField(required=False, max_length=2_000)
    first = forms.IntegerField(required=False, min_value=1, max_value=100_000)

    def problem(self) -> str:
        return " ".join(_WRONG[name] for name in self.errors)


def burst_split(request: HttpRequest, code: str) -> HttpResponse:
    plan = get_object_or_404(Plan, code=code, kind=Plan.Kind.BURST)
    form = PartForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"Nothing was changed. {form.problem()}")
        return _to_request(plan)
    given = form.cleaned_data
    try:
        plan = splitting.split(
            plan,
            sub_group=given["sub_group"],
            target=given["target"],
            department=given["department"],
            first=given["first"] or 0,
            actor=actor_of(request),
        )
    except CannotChange as problem:
        messages.error(request, f"Nothing was changed. {problem}")
    else:
        messages.success(request, "This part waits by itself now; so does the rest.")
    return _to_request(plan)


def _to_request(plan: Plan) -> HttpResponse:
    approval = Approval.objects.about("plan", plan.code).order_by("-pk").first()
    return redirect("approval-detail", code=approval.code) if approval else redirect("run-list")
