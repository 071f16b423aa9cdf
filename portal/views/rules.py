"""Rules: the list, one rule to read, its YAML, its versions, and testing it on a past event."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from portal import (
    diffing,
    jsonview,
    listing,
    rule_changes,
    rule_coverage,
    rule_drafts,
    rule_reading,
    rule_trying,
)
from portal.actors import actor_of
from portal.forms.rules_filters import (
    CompareForm,
    PastEventForm,
    RuleFilters,
    SwitchForm,
    VersionFilters,
)
from portal.keyset import Order
from portal.masking import masked_text
from portal.roles import Permission, may, who_may
from portal.run_story import utc_now
from provisioning.rules import risks, switching, versions
from provisioning.rules.definitions import to_yaml
from provisioning.rules.drafts import DraftRefused
from provisioning.rules.models import Rule, RuleVersion
from provisioning.runs.models import Run


def rule_list(request: HttpRequest) -> HttpResponse:
    rules = Rule.objects.select_related("current").defer("current__source")
    order = Order("name", descending=False)
    page = listing.build(request, rules, RuleFilters, order=order, noun="rule")
    records = rule_reading.records(page.rows, utc_now())
    shown = [
        {"rule": rule, "version": rule.current, "record": records[rule.pk]} for rule in page.rows
    ]
    return listing.respond(
        request, "rules/list.html", page, {"shown": shown, **rule_drafts.roles(request)}
    )


def rule_detail(request: HttpRequest, name: str) -> HttpResponse:
    rule, version = _get(name)
    definition = rule_reading.definition_of(version)
    context = {
        "tab": "read",
        "conditions": rule_reading.conditions(definition.when),
        "steps": rule_reading.step_texts(definition.do),
        "definition": definition,
        "approval": rule_changes.demand_text(definition.demand),
        "limits": rule_changes.limits_text(definition.limits),
        "share": rule_coverage.share_of(version, definition),
        "record": rule_reading.records([rule], utc_now())[rule.pk],
        "open_failures": Run.objects.failures().filter(rule=rule)[:1_000].count(),
        "events": PastEventForm(rule_trying.past_events(version.event_types), None),
    }
    return _page(request, "rules/detail.html", rule, version, context)


def rule_yaml(request: HttpRequest, name: str) -> HttpResponse:
    """The current version, or with `?version=` an earlier one."""
    rule, current = _get(name)
    asked = request.GET.get("version", "")
    number = int(asked) if asked.isdecimal() and len(asked) < 11 else 0
    version = current if not asked else _version(rule, number)
    code = jsonview.code(to_yaml(rule_reading.definition_of(version)), "yaml")
    return _page(request, "rules/yaml.html", rule, version, {"code": code, "tab": "yaml"})


def rule_versions(request: HttpRequest, name: str) -> HttpResponse:
    rule, current = _get(name)
    if "a" in request.GET or "b" in request.GET:
        form = CompareForm(request.GET)
        if form.is_valid() and form.cleaned_data["a"] != form.cleaned_data["b"]:
            a, b = sorted((form.cleaned_data["a"], form.cleaned_data["b"]))
            return redirect("rule-version-diff", name=rule.name, a=a, b=b)
        messages.warning(request, "Choose two different versions to compare.")
        return redirect("rule-versions", name=rule.name)
    rows = RuleVersion.objects.filter(rule=rule).defer("definition", "source")
    page = listing.build(request, rows, VersionFilters, order=Order("number"), noun="version")
    context = {
        "rule": rule,
        "version": current,
        "tab": "versions",
        "may_undo": may(request.user, Permission.REPLAY),
        **_roles(request),
    }
    return listing.respond(request, "rules/versions.html", page, context)


def rule_version_diff(request: HttpRequest, name: str, a: int, b: int) -> HttpResponse:
    rule, _ = _get(name)
    before, after = _version(rule, a), _version(rule, b)
    old, new = rule_reading.definition_of(before), rule_reading.definition_of(after)
    context = {
        "tab": "versions",
        "before": before,
        "after": after,
        "sentences": [masked_text(one) for one in rule_changes.sentences(old, new)],
        "lines": diffing.lines(to_yaml(old), to_yaml(new)),
    }
    return _page(request, "rules/diff.html", rule, after, context)


def rule_test(request: HttpRequest, name: str) -> HttpResponse:
    """What the rule would say and do for a past event. Nothing is called, nothing is written."""
    rule, version = _get(name)
    events = rule_trying.past_events(version.event_types)
    code = request.GET.get("event", "")
    event = rule_trying.event_of(code) if code else None
    if event is not None and event.pk not in {one.pk for one in events}:
        events.insert(0, event)
    context: dict[str, object] = {
        "tab": "test",
        "events": PastEventForm(events, event),
        "event": event,
        "missing": masked_text(code[:40]) if code and event is None else "",
        "listens": event is not None and event.event_type in version.event_types,
    }
    if event is not None:
        context |= rule_trying.tried(rule_reading.unmasked_definition_of(version), event)
    return _page(request, "rules/test.html", rule, version, context)


def rule_switch(request: HttpRequest, name: str) -> HttpResponse:
    rule, version = _get(name)
    if request.method != "POST":
        form = SwitchForm({"on": "0" if rule.enabled else "1"})
        form.is_valid()
        context = {"form": form, "turns_on": not rule.enabled, **_consequences(rule, version)}
        return _page(request, "rules/switch.html", rule, version, context)
    form = SwitchForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nothing was changed: say whether the rule shall be on or off.")
        return redirect("rule-switch", name=rule.name)
    if form.cleaned_data["on"] == "1":
        _turn_on(request, rule)
    elif versions.switch(rule.name, on=False, actor=actor_of(request)):
        messages.success(request, f"The rule {rule.name} is off.")
    else:
        messages.info(request, f"The rule {rule.name} was off already.")
    return redirect("rule-detail", name=rule.name)


def _turn_on(request: HttpRequest, rule: Rule) -> None:
    try:
        approval = switching.switch_on(rule.name, reason="", actor=actor_of(request))
    except DraftRefused as refused:
        messages.info(request, str(refused))
        return
    if approval is None:
        messages.success(request, f"The rule {rule.name} is on.")
    else:
        messages.success(request, "Asked for. The rule is on once somebody else has approved it.")


def _consequences(rule: Rule, version: RuleVersion) -> dict[str, object]:
    """What turning it the other way does, and what it does not."""
    types = ", ".join(version.event_types)
    if not rule.enabled:
        asks = risks.needs_somebody_else(rule_reading.unmasked_definition_of(version))
        return {
            "verb": "Ask for approval" if asks else "Turn on",
            "effects": [
                *(["Somebody else is asked to approve this first."] if asks else []),
                f"From now on version {version.number} is asked about each {types}.",
            ],
            "not_effects": ["Events that came while it was off are not looked at again."],
        }
    going = Run.objects.filter(rule=rule, state__in=Run.OPEN_STATES)[:1_000].count()
    return {
        "effects": [f"From now on the rule is not asked about any {types}."],
        "not_effects": [
            f"Runs that have begun go on: {going} now.",
            "What its runs have done so far stays done.",
        ],
    }


def _get(name: str) -> tuple[Rule, RuleVersion]:
    rule = get_object_or_404(Rule.objects.select_related("current"), name=name)
    if rule.current is None:
        raise Http404
    return rule, rule.current


def _version(rule: Rule, number: int) -> RuleVersion:
    if not 0 < number <= 2_147_483_647:
        raise Http404
    return get_object_or_404(RuleVersion, rule=rule, number=number)


def _roles(request: HttpRequest) -> dict[str, object]:
    may_switch = may(request.user, Permission.SWITCH_RULES)
    return {
        **rule_drafts.roles(request),
        "may_switch": may_switch,
        "who_switches": "" if may_switch else who_may(Permission.SWITCH_RULES),
        "reads_audit": may(request.user, Permission.READ_AUDIT),
    }


def _page(
    request: HttpRequest,
    template: str,
    rule: Rule,
    version: RuleVersion,
    context: Mapping[str, object],
) -> HttpResponse:
    shared = {"rule": rule, "version": version, **_roles(request)}
    return render(request, template, {**shared, **context})
