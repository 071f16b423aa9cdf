"""The whole URL map. Each name stands in `portal.roles.POLICIES` too."""

from django.urls import path, register_converter

from audit.codes import PATTERN
from portal.people.links import OKTA_ID
from portal.views import (
    account,
    approvals,
    audit,
    brake,
    break_glass,
    builder,
    bursts,
    deliveries,
    drafts,
    drafts_backtest,
    events,
    failures,
    health,
    incidents,
    kept,
    lookups,
    machines,
    overview,
    people,
    plans,
    policy,
    preferences,
    rule_tests,
    rules,
    runs,
    search,
    second_factor,
    session,
    tokens,
    triage,
    undo,
    users,
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
    path("runs/<code:code>/handle/", triage.run_handle, name="run-handle"),
    path("runs/<code:code>/confirm/", runs.run_confirm, name="run-confirm"),
    path("runs/<code:code>/cancel/", runs.run_cancel, name="run-cancel"),
    path("failures/", failures.failure_list, name="failure-list"),
    path("failures/replay/", failures.failure_replay, name="failure-replay"),
    path("failures/<code:code>/", failures.failure_detail, name="failure-detail"),
    path("failures/<code:code>/<slug:act>/", triage.failure_triage, name="failure-triage"),
    path("incidents/", incidents.incident_list, name="incident-list"),
    path("incidents/<code:code>/probe/", incidents.incident_probe, name="incident-probe"),
    path("plans/", plans.plan_list, name="plan-list"),
    path("plans/<code:code>/", plans.plan_detail, name="plan-detail"),
    path("plans/<code:code>/report.csv", plans.plan_report, name="plan-report"),
    path("plans/<code:code>/confirm/", plans.plan_confirm, name="plan-confirm"),
    path("plans/<code:code>/pause/", plans.plan_pause, name="plan-pause"),
    path("plans/<code:code>/resume/", plans.plan_resume, name="plan-resume"),
    path("plans/<code:code>/cancel/", plans.plan_cancel, name="plan-cancel"),
    path("plans/<code:code>/withdraw/", plans.plan_withdraw, name="plan-withdraw"),
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
    path("lookups/", lookups.lookup_list, name="lookup-list"),
    path("lookups/new/", lookups.lookup_new, name="lookup-new"),
    path("lookups/<slug:name>/", lookups.lookup_detail, name="lookup-detail"),
    path("lookups/<slug:name>/export/", lookups.lookup_export, name="lookup-export"),
    path(
        "lookups/<slug:name>/versions/<int:number>/", lookups.lookup_version, name="lookup-version"
    ),
    path("deliveries/", deliveries.delivery_list, name="delivery-list"),
    path("deliveries/<code:code>/", deliveries.delivery_detail, name="delivery-detail"),
    path("people/", people.person_list, name="person-list"),
    path("people/<okta:okta_id>/", people.person_detail, name="person-detail"),
    path("people/<okta:okta_id>/why/", people.person_why, name="person-why"),
    path("search/", search.search, name="search"),
    path("audit/", audit.audit_list, name="audit-list"),
    path("audit/<code:code>/", audit.audit_detail, name="audit-detail"),
    path("users/", users.user_list, name="user-list"),
    path("users/<code:code>/", users.user_detail, name="user-detail"),
    path("users/<code:code>/change/", users.user_change, name="user-change"),
    path("users/<code:code>/sessions/end/", users.user_sessions_end, name="user-sessions-end"),
    path("roles/", users.role_list, name="role-list"),
    path("tokens/", tokens.token_list, name="token-list"),
    path("tokens/make/", tokens.token_make, name="token-make"),
    path("tokens/<code:code>/revoke/", tokens.token_revoke, name="token-revoke"),
    path("api/v1/status", machines.api_status, name="api-status"),
    path("api/v1/rules", machines.api_rules, name="api-rules"),
    path("runs/<code:code>/undo/", undo.run_undo, name="run-undo"),
    path("rules/<slug:name>/versions/<int:number>/undo/", undo.version_undo, name="version-undo"),
    path("bursts/<code:code>/split/", bursts.burst_split, name="burst-split"),
    path("brake/", brake.brake, name="brake"),
    path("brake/<code:code>/", brake.brake_detail, name="brake-detail"),
    path("brake/<code:code>/release/", brake.brake_release, name="brake-release"),
    path("break-glass/", break_glass.review_list, name="break-glass-list"),
    path("break-glass/<code:code>/", break_glass.review_detail, name="break-glass-detail"),
    path("break-glass/<code:code>/close/", break_glass.review_close, name="break-glass-close"),
    path("account/", account.account, name="account"),
    path("account/password/", account.password, name="account-password"),
    path("account/app/", account.app, name="account-app"),
    path("account/key/", account.key, name="account-key"),
    path("account/keys/<code:code>/name/", account.key_rename, name="account-key-rename"),
    path(
        "account/factors/<code:code>/remove/", account.factor_remove, name="account-factor-remove"
    ),
    path("account/recovery-codes/", account.recovery, name="account-recovery"),
    path("account/sessions/end/", account.sessions_end, name="account-sessions-end"),
    path("kept/<code:code>/", kept.kept_form, name="kept-form"),
    path("kept/<code:code>/discard/", kept.kept_discard, name="kept-discard"),
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
