"""Test cases of a rule: past events with what the rule shall say of them."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from portal import rule_drafts, rule_trying
from portal.actors import actor_of
from portal.forms.drafts import TestCaseForm
from portal.views import drafts as draft_pages
from provisioning.events.models import Event
from provisioning.rules import testcases
from provisioning.rules.definitions import Definition, load_definition
from provisioning.rules.models import Draft, Rule, RuleTest
from provisioning.rules.testcases import TestRefused


def rule_tests(request: HttpRequest, name: str) -> HttpResponse:
    rule, draft = _find(name)
    drafted = rule_drafts.definition_of(draft) if draft else None
    in_force = load_definition(rule.current.definition) if rule and rule.current else None
    now = {one.test.pk: one for one in testcases.run_tests(in_force)} if in_force else {}
    then = {one.test.pk: one for one in testcases.run_tests(drafted)} if drafted else {}
    tests = RuleTest.objects.filter(rule_name=name).defer("body", "profile").order_by("id")
    context = {
        "name": name,
        "rule": rule,
        "version": rule.current if rule else None,
        "draft": draft,
        "drafted": drafted is not None,
        "shown": [{"test": one, "now": now.get(one.pk), "then": then.get(one.pk)} for one in tests],
        **rule_drafts.roles(request),
    }
    return render(request, "drafts/tests.html", context)


def rule_test_keep(request: HttpRequest, name: str) -> HttpResponse:
    """Save a past event as a test case, after a look at what the rule says of it now."""
    rule, draft = _find(name)
    definition = _definition(rule, draft)
    asked = request.POST if request.method == "POST" else request.GET
    event = rule_trying.event_of(asked.get("event", ""))
    if event is None:
        raise Http404
    tried = rule_trying.tried(definition, event)
    form = TestCaseForm(request.POST or None, initial=_proposed(event, bool(tried["matched"])))
    if request.method == "POST" and form.is_valid():
        try:
            testcases.keep(
                event,
                definition,
                matched=form.cleaned_data["matched"] == "1",
                hold_calls=form.cleaned_data["hold_calls"],
                note=form.cleaned_data["note"],
                actor=actor_of(request),
            )
        except TestRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Saved. No version is published that says else.")
            return redirect("rule-tests", name=name)
    context = {"name": name, "rule": rule, "draft": draft, "event": event, "form": form,
               "listens": event.event_type in definition.on, **tried}  # fmt: skip
    return render(
        request, "drafts/keep.html", context, status=400 if form.is_bound and form.errors else 200
    )


def rule_test_remove(request: HttpRequest, name: str, code: str) -> HttpResponse:
    test = get_object_or_404(RuleTest, rule_name=name, code=code)
    if testcases.remove(test, actor=actor_of(request)):
        messages.success(request, "The test case is removed.")
    return redirect("rule-tests", name=name)


def _proposed(event: Event, matched: bool) -> dict[str, str]:
    return {"event": event.code, "matched": "1" if matched else "0"}


def _find(name: str) -> tuple[Rule | None, Draft | None]:
    rule = Rule.objects.filter(name=name).select_related("current").first()
    draft = draft_pages.find(name)
    if rule is None and draft is None:
        raise Http404
    return rule, draft


def _definition(rule: Rule | None, draft: Draft | None) -> Definition:
    """What the draft says where it is right, else what is in force."""
    drafted = rule_drafts.definition_of(draft) if draft else None
    if drafted is not None:
        return drafted
    if rule is None or rule.current is None:
        raise Http404
    return load_definition(rule.current.definition)
