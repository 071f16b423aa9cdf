"""The builder: a rule as fields. Each button saves the draft, so that nothing is lost."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from portal import rule_coverage, rule_drafts
from portal.actors import actor_of
from portal.builder import editing, showing
from portal.builder.form import form_of
from portal.builder.showing import Wanted
from portal.builder.strict import Unreadable
from portal.masking import masked
from portal.roles import Permission, may, who_may
from portal.views import drafts as draft_views
from provisioning.actions.registry import ACTIONS
from provisioning.rules.drafts import DraftRefused
from provisioning.rules.models import Draft, Rule

_FOCUS = re.compile(r"[\w.:-]{1,200}")
_CHOSEN = "for:"
UNREADABLE = "The YAML of this draft cannot be read. Put it right there, then come back."
TOO_LARGE = "This rule is too large for the builder. Write it as YAML."


@dataclass(frozen=True, slots=True)
class _Work:
    """What is edited: a draft, or a rule that has none yet."""

    name: str
    draft: Draft | None
    rule: Rule | None

    @property
    def definition(self) -> Mapping[str, Any] | None:
        if self.draft is not None:
            known = self.draft.definition
            return known if isinstance(known, dict) else None
        return self.rule.current.definition if self.rule and self.rule.current else None


def rule_edit(request: HttpRequest, name: str) -> HttpResponse:
    work = _work(name)
    before = work.definition
    if before is None:
        return _page(request, work, {"unusable": UNREADABLE})
    if request.method == "POST":
        return _post(request, work, before)
    form = form_of(masked(dict(before)), ACTIONS)
    if len(form.fields()) > showing.MOST_FIELDS:
        return _page(request, work, {"unusable": TOO_LARGE})
    wanted = Wanted(
        request.GET.get("for", "")[:100], request.GET.get("find"), _focus(request.GET.get("at", ""))
    )
    return _page(request, work, showing.context(form, before, wanted))


def _post(request: HttpRequest, work: _Work, before: Mapping[str, Any]) -> HttpResponse:
    posted = {name: str(text) for name, text in request.POST.items()}
    operation, subject = posted.get("op", ""), posted.get("for", "")[:100]
    if operation.startswith(_CHOSEN):
        operation, subject = "choose", operation.removeprefix(_CHOSEN)[:100]
    edited = editing.edited(posted, operation, work.name, before)
    if edited.wrong:
        return _again(request, work, edited, subject, 422)
    definition = edited.parts.definition()
    try:
        draft = editing.keep(
            work.draft, work.rule, definition,
            seen=posted.get("seen", ""), before=before, actor=actor_of(request),
        )  # fmt: skip
    except DraftRefused as refused:
        edited.refused = f"{refused} What you wrote is still here below."
        return _again(request, work, edited, subject, 409)
    if operation == "ask" and draft is None:
        edited.refused = "There is nothing to publish: nothing differs from the version in force."
    if edited.refused:
        return _again(request, _Work(work.name, draft, work.rule), edited, subject, 422)
    if operation == "ask":
        return _go(request, reverse("rule-draft-ask", args=[work.name]))
    finding = operation == "find"
    focus = "find" if operation in ("find", "choose") else edited.focus
    wanted = Wanted(subject, posted.get("find", "") if finding else None, focus)
    if not request.headers.get("HX-Request"):
        return redirect(_address(work.name, wanted))
    kept = _Work(work.name, draft, work.rule)
    form = form_of(masked(definition), ACTIONS)
    return _page(request, kept, {**showing.context(form, definition, wanted), "saved": True})


def _again(
    request: HttpRequest, work: _Work, edited: editing.Edited, subject: str, status: int
) -> HttpResponse:
    """What was posted, shown once more with the reason why it was not done."""
    form = editing.shown_again(edited)
    try:
        definition = None if edited.wrong else edited.parts.definition()
    except Unreadable:
        definition = None
    wanted = Wanted(subject, None, edited.focus)
    context = {**showing.context(form, definition, wanted), "refused": edited.refused}
    return _page(request, work, context, status=status)


def _work(name: str) -> _Work:
    draft = draft_views.find(name)
    if draft is not None:
        return _Work(name, draft, draft.rule)
    rule = Rule.objects.select_related("current").filter(name=name, current__gt=0).first()
    if rule is None:
        raise Http404
    return _Work(name, None, rule)


def _focus(text: str) -> str:
    return text if _FOCUS.fullmatch(text) else ""


def _address(name: str, wanted: Wanted) -> str:
    asked = {"for": wanted.subject, "at": wanted.focus}
    query = {key: text for key, text in asked.items() if text}
    if wanted.find is not None:
        query["find"] = wanted.find
    return reverse("rule-edit", args=[name]) + (f"?{urlencode(query)}" if query else "")


def _go(request: HttpRequest, url: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)


def _page(
    request: HttpRequest, work: _Work, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    morphed = bool(request.headers.get("HX-Request"))
    draft = work.draft
    base: dict[str, Any] = {"name": work.name, "draft": draft, "seen": draft.seen if draft else ""}
    # A browser focuses by itself only in a new page; in one that is changed, app.js does.
    base["focusing"] = "data-focus" if morphed else "autofocus"
    if draft is not None:
        base |= {**rule_drafts.shared(request, draft, "build"), "parent": "drafts/_base.html"}
    elif work.rule is not None:
        base |= {"rule": work.rule, "version": work.rule.current, "tab": "build"}
        base |= {"parent": "rules/_base.html", **rule_drafts.roles(request), **_switching(request)}
    if form := context.get("form"):
        rule_coverage.explain(form.limits, work.rule)
    return render(request, "builder/edit.html", {**base, **context}, status=status)


def _switching(request: HttpRequest) -> dict[str, Any]:
    switches = may(request.user, Permission.SWITCH_RULES)
    return {
        "may_switch": switches,
        "who_switches": "" if switches else who_may(Permission.SWITCH_RULES),
        "reads_audit": may(request.user, Permission.READ_AUDIT),
    }
