"""The whole URL map. Each name stands in `portal.roles.POLICIES` too."""

from django.urls import path, register_converter

from audit.codes import PATTERN
from portal.people.links import OKTA_ID
from portal.views import (
    approvals,
    audit,
    builder,
    deliveries,
    drafts,
    drafts_backtest,
    events,
    failures,
    health,
    overview,
    people,
    policy,
    preferences,
    rule_tests,
    rules,
    runs,
    search,
    session,
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
    path("runs/<code:code>/", runs.run_detail, name="run-detail"),
    path("runs/<code:code>/replay/", runs.run_replay, name="run-replay"),
    path("runs/<code:code>/confirm/", runs.run_confirm, name="run-confirm"),
    path("runs/<code:code>/cancel/", runs.run_cancel, name="run-cancel"),
    path("failures/", failures.failure_list, name="failure-list"),
    path("failures/replay/", failures.failure_replay, name="failure-replay"),
    path("failures/<code:code>/", failures.failure_detail, name="failure-detail"),
    path("rules/", rules.rule_list, name="rule-list"),
    path("rules/new/", drafts.rule_new, name="rule-new"),
    path("rules/<slug:name>/draft/", drafts.draft_detail, name="rule-draft"),
    path("rules/<slug:name>/draft/start/", drafts.draft_start, name="rule-draft-start"),
    path("rules/<slug:name>/draft/try/", drafts.draft_try, name="rule-draft-try"),
    path("rules/<slug:name>/draft/ask/", drafts.draft_ask, name="rule-draft-ask"),
    path("rules/<slug:name>/draft/withdraw/", drafts.draft_withdraw, name="rule-draft-withdraw"),
    path("rules/<slug:name>/draft/rebase/", drafts.draft_rebase, name="rule-draft-rebase"),
    path("rules/<slug:name>/draft/discard/", drafts.draft_discard, name="rule-draft-discard"),
    path("rules/<slug:name>/edit/", builder.rule_edit, name="rule-edit"),
    path(
        "rules/<slug:name>/draft/backtest/",
        drafts_backtest.draft_backtest,
        name="rule-draft-backtest",
    ),
    path(
        "rules/<slug:name>/draft/backtest/cancel/",
        drafts_backtest.draft_backtest_cancel,
        name="rule-draft-backtest-cancel",
    ),
    path("rules/<slug:name>/tests/", rule_tests.rule_tests, name="rule-tests"),
    path("rules/<slug:name>/tests/keep/", rule_tests.rule_test_keep, name="rule-test-keep"),
    path(
        "rules/<slug:name>/tests/<code:code>/remove/",
        rule_tests.rule_test_remove,
        name="rule-test-remove",
    ),
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
    path("sign-in/", session.sign_in, name="sign-in"),
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
