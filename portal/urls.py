"""The whole URL map. Each name stands in `portal.roles.POLICIES` too."""

from django.urls import path, register_converter

from audit.codes import PATTERN
from portal.people.links import OKTA_ID
from portal.views import (
    approvals,
    audit,
    brake,
    bursts,
    deliveries,
    events,
    failures,
    health,
    overview,
    people,
    plans,
    policy,
    preferences,
    rules,
    runs,
    search,
    second_factor,
    session,
    undo,
)


class Code:
    """A public code, as in `/runs/4H7K…/`."""

    regex = PATTERN

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class OktaId(Code):
    """The id of an Okta user, as in `/people/00u1ab…/`."""

    regex = OKTA_ID


register_converter(Code, "code")
register_converter(OktaId, "okta")

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("events/", events.event_list, name="event-list"),
    path("events/<code:code>/", events.event_detail, name="event-detail"),
    path("events/<code:code>/raw/", events.event_raw, name="event-raw"),
    path("events/<code:code>/retry/", events.event_retry, name="event-retry"),
    path("runs/", runs.run_list, name="run-list"),
    path("runs/replay/", runs.runs_replay, name="runs-replay"),
    path("runs/<code:code>/", runs.run_detail, name="run-detail"),
    path("runs/<code:code>/replay/", runs.run_replay, name="run-replay"),
    path("runs/<code:code>/confirm/", runs.run_confirm, name="run-confirm"),
    path("runs/<code:code>/cancel/", runs.run_cancel, name="run-cancel"),
    path("failures/", failures.failure_list, name="failure-list"),
    path("failures/replay/", failures.failure_replay, name="failure-replay"),
    path("failures/<code:code>/", failures.failure_detail, name="failure-detail"),
    path("plans/", plans.plan_list, name="plan-list"),
    path("plans/<code:code>/", plans.plan_detail, name="plan-detail"),
    path("plans/<code:code>/report.csv", plans.plan_report, name="plan-report"),
    path("plans/<code:code>/confirm/", plans.plan_confirm, name="plan-confirm"),
    path("plans/<code:code>/pause/", plans.plan_pause, name="plan-pause"),
    path("plans/<code:code>/resume/", plans.plan_resume, name="plan-resume"),
    path("plans/<code:code>/cancel/", plans.plan_cancel, name="plan-cancel"),
    path("plans/<code:code>/withdraw/", plans.plan_withdraw, name="plan-withdraw"),
    path("rules/", rules.rule_list, name="rule-list"),
    path("rules/<slug:name>/", rules.rule_detail, name="rule-detail"),
    path("rules/<slug:name>/yaml/", rules.rule_yaml, name="rule-yaml"),
    path("rules/<slug:name>/versions/", rules.rule_versions, name="rule-versions"),
    path(
        "rules/<slug:name>/versions/<int:a>..<int:b>/",
        rules.rule_version_diff,
        name="rule-version-diff",
    ),
    path("rules/<slug:name>/test/", rules.rule_test, name="rule-test"),
    path("rules/<slug:name>/switch/", rules.rule_switch, name="rule-switch"),
    path("approvals/", approvals.approval_list, name="approval-list"),
    path("approvals/<code:code>/", approvals.approval_detail, name="approval-detail"),
    path("approvals/<code:code>/decide/", approvals.approval_decide, name="approval-decide"),
    path("approvals/<code:code>/claim/", approvals.approval_claim, name="approval-claim"),
    path("policy/", policy.policy, name="policy"),
    path("deliveries/", deliveries.delivery_list, name="delivery-list"),
    path("deliveries/<code:code>/", deliveries.delivery_detail, name="delivery-detail"),
    path("people/", people.person_list, name="person-list"),
    path("people/<okta:okta_id>/", people.person_detail, name="person-detail"),
    path("people/<okta:okta_id>/why/", people.person_why, name="person-why"),
    path("search/", search.search, name="search"),
    path("audit/", audit.audit_list, name="audit-list"),
    path("audit/<code:code>/", audit.audit_detail, name="audit-detail"),
    path("runs/<code:code>/undo/", undo.run_undo, name="run-undo"),
    path("rules/<slug:name>/versions/<int:number>/undo/", undo.version_undo, name="version-undo"),
    path("bursts/<code:code>/split/", bursts.burst_split, name="burst-split"),
    path("brake/", brake.brake, name="brake"),
    path("brake/<code:code>/", brake.brake_detail, name="brake-detail"),
    path("brake/<code:code>/release/", brake.brake_release, name="brake-release"),
    path("sign-in/", session.sign_in, name="sign-in"),
    path("sign-in/code/", second_factor.code, name="sign-in-code"),
    path("sign-in/enrol/", second_factor.enrol, name="sign-in-enrol"),
    path("sign-in/again/", session.again, name="sign-in-again"),
    path("sign-in/okta/", session.okta, name="okta-sign-in"),
    path("sign-in/okta/callback/", session.okta_callback, name="okta-callback"),
    path("sign-out/", session.sign_out, name="sign-out"),
    path("preferences/theme/", preferences.theme, name="theme"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

handler400 = "portal.views.errors.bad_request"
handler403 = "portal.views.errors.permission_denied"
handler404 = "portal.views.errors.page_not_found"
handler500 = "portal.views.errors.server_error"
