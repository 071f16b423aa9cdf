"""Drafts of rules: writing as YAML, trying out, testing, asking for approval, publishing."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from portal import jsonview, rule_drafts, rule_trying
from portal.actors import actor_of
from portal.forms.drafts import AskForm, NewRuleForm, OntoForm, SourceForm, VersionForm
from portal.forms.rules_filters import PastEventForm
from portal.masking import masked_text
from provisioning.rules import drafts, publishing
from provisioning.rules.drafts import DraftRefused
from provisioning.rules.models import Draft, Rule, RuleVersion


def rule_new(request: HttpRequest) -> HttpResponse:
    form = NewRuleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            draft = drafts.start(None, name=form.cleaned_data["name"], actor=actor_of(request))
        except DraftRefused as refused:
            form.add_error("name", str(refused))
        else:
            return redirect("rule-draft", name=draft.name)
    status = 400 if form.is_bound else 200
    return render(request, "rules/new.html", {"form": form}, status=status)


def draft_start(request: HttpRequest, name: str) -> HttpResponse:
    """Begin with the version in force, or an earlier one; go on where a draft is there."""
    rule = get_object_or_404(Rule.objects.select_related("current"), name=name)
    form = VersionForm(request.POST)
    number = form.cleaned_data["version"] if form.is_valid() else None
    try:
        if number:
            version = get_object_or_404(
                RuleVersion.objects.select_related("rule__current"), rule=rule, number=number
            )
            drafts.restore(version, actor=actor_of(request))
        else:
            drafts.start(rule, actor=actor_of(request))
    except DraftRefused as refused:
        messages.info(request, str(refused))
    return redirect("rule-draft", name=name)


def draft_detail(request: HttpRequest, name: str) -> HttpResponse:
    """The draft as YAML. POST checks what was typed, or saves it."""
    draft = find(name)
    if draft is None:
        return _none(request, name)
    if request.method != "POST":
        return _editor(request, draft, draft.source, draft.problems)
    form = SourceForm(request.POST)
    source = drafts.clean_source(form.data.get("source", ""))
    if "save" not in request.POST or not form.is_valid():
        checked = drafts.check_source(source, draft.name)
        seen = str(form.data.get("seen", ""))
        return _editor(request, draft, source, checked.problems, seen=seen, checked=True)
    try:
        saved = drafts.save(
            draft, source=source, seen=form.cleaned_data["seen"], actor=actor_of(request)
        )
    except DraftRefused as refused:
        seen = form.cleaned_data["seen"]
        checked = drafts.check_source(source, draft.name)
        return _editor(
            request, draft, source, checked.problems, seen=seen, refused=str(refused), status=409
        )
    wrong = len(saved.problems)
    said = f" {wrong} problem{'s' if wrong > 1 else ''} left." if wrong else " Nothing is wrong."
    messages.success(request, "Saved." + said)
    return redirect("rule-draft", name=name)


def _editor(
    request: HttpRequest,
    draft: Draft,
    source: str,
    problems: list[dict[str, Any]],
    *,
    seen: str = "",
    status: int = 200,
    **said: Any,
) -> HttpResponse:
    shown = [{key: _plain(value) for key, value in one.items()} for one in problems]
    context = {
        "form": SourceForm({"source": source, "seen": seen or draft.seen}),
        "code": jsonview.code(masked_text(draft.source), "yaml"),
        "problems": shown,
        **rule_drafts.changes(draft),
        **rule_drafts.standing(draft),
        **said,
    }
    return page(request, "drafts/detail.html", draft, "draft", context, status=status)


def _plain(value: Any) -> Any:
    return masked_text(value) if isinstance(value, str) else value


def draft_try(request: HttpRequest, name: str) -> HttpResponse:
    """What the draft would say and do for a past event. Nothing is called, nothing is written."""
    draft = get(name)
    definition = rule_drafts.definition_of(draft)
    listed = rule_trying.past_events(definition.on) if definition else []
    code = request.GET.get("event", "")
    event = rule_trying.event_of(code) if code else None
    if event is not None and event.pk not in {one.pk for one in listed}:
        listed.insert(0, event)
    context: dict[str, object] = {
        "events": PastEventForm(listed, event),
        "event": event,
        "missing": masked_text(code[:40]) if code and event is None else "",
        "listens": definition is not None
        and event is not None
        and event.event_type in definition.on,
        "broken": definition is None,
    }
    if definition is not None and event is not None:
        context |= rule_trying.tried(definition, event)
    return page(request, "drafts/try.html", draft, "try", context)


def draft_ask(request: HttpRequest, name: str) -> HttpResponse:
    """Ask somebody else, or publish where the policy needs nobody else."""
    draft = get(name)
    form = AskForm(request.POST or None)
    standing = rule_drafts.standing(draft)
    if request.method == "POST" and form.is_valid():
        reason, actor = form.cleaned_data["reason"], actor_of(request)
        try:
            if request.POST.get("seen") != draft.seen:
                raise DraftRefused("The draft was changed after you opened this page. Look again.")
            if standing["asks"]:
                publishing.ask(draft, reason=reason, actor=actor)
                messages.success(request, "Asked for. It is published once somebody else approves.")
                return redirect("rule-draft", name=name)
            version = publishing.publish(draft, reason=reason, actor=actor)
        except DraftRefused as refused:
            messages.error(request, str(refused))
            return redirect("rule-draft", name=name)
        messages.success(request, f"Version {version.number} is in force.")
        return redirect("rule-detail", name=name)
    context = {"form": form, **rule_drafts.changes(draft), **standing}
    return page(request, "drafts/ask.html", draft, "ask", context)


def draft_withdraw(request: HttpRequest, name: str) -> HttpResponse:
    try:
        publishing.withdraw(get(name), actor=actor_of(request))
        messages.success(request, "Taken back. Nobody is asked any more.")
    except DraftRefused as refused:
        messages.error(request, str(refused))
    return redirect("rule-draft", name=name)


def draft_rebase(request: HttpRequest, name: str) -> HttpResponse:
    form = OntoForm(request.POST)
    try:
        if form.is_valid():
            onto = form.cleaned_data["onto"]
            drafts.rebase(get(name), onto=onto, actor=actor_of(request))
            messages.success(request, f"The draft is now on top of version {onto}.")
    except DraftRefused as refused:
        messages.error(request, str(refused))
    return redirect("rule-draft", name=name)


def draft_discard(request: HttpRequest, name: str) -> HttpResponse:
    draft = get(name)
    if request.method != "POST":
        effects = ["The draft is let go. What it said stays readable for the record."]
        if rule_drafts.open_approval(draft):
            effects.append("Nobody is asked to approve it any more.")
        context = {"effects": effects, "not_effects": ["The version in force stays in force."]}
        return page(request, "drafts/discard.html", draft, "discard", context)
    try:
        drafts.discard(draft, actor=actor_of(request))
        messages.success(request, "The draft is discarded.")
    except DraftRefused as refused:
        messages.error(request, str(refused))
    return redirect("rule-detail", name=name) if draft.rule else redirect("rule-list")


def find(name: str) -> Draft | None:
    """The unfinished draft of this name."""
    rows = Draft.objects.unfinished().filter(name=name)
    return rows.select_related("rule__current", "base").first()


def get(name: str) -> Draft:
    if (draft := find(name)) is None:
        raise Http404
    return draft


def _none(request: HttpRequest, name: str) -> HttpResponse:
    """The rule has no draft: say so, with the way to one."""
    rule = get_object_or_404(Rule.objects.select_related("current"), name=name, current__gt=0)
    if request.method == "POST":
        messages.error(request, "This draft was published or discarded meanwhile.")
        return redirect("rule-detail", name=name)
    last = Draft.objects.filter(name=name).order_by("-id").first()
    context = {"rule": rule, "version": rule.current, "tab": "draft", "last": last}
    return render(request, "drafts/none.html", context | rule_drafts.roles(request))


def page(
    request: HttpRequest,
    template: str,
    draft: Draft,
    tab: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    shared = rule_drafts.shared(request, draft, tab)
    return render(request, template, {**shared, **context}, status=status)
