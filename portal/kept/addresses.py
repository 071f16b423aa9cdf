"""Of which forms the text is kept when it comes after the end of a session.

Each address that takes a POST is in one of the two tables; a test compares them with the roles.
"""

from collections.abc import Mapping

#: URL name -> what its form is, in words
KEPT: Mapping[str, str] = {
    "run-cancel": "giving up a held run",
    "run-handle": "saying what became of a run",
    "runs-replay": "a plan to replay the chosen runs",
    "failure-triage": "saying what becomes of a cause of failure",
    "failure-replay": "replaying the chosen failures",
    "plan-confirm": "carrying out a plan",
    "version-undo": "a plan to undo what a version did",
    "burst-split": "deciding a part of a burst apart",
    "rule-new": "a new rule",
    "rule-edit": "a rule in the builder",
    "rule-draft": "a draft as YAML",
    "rule-draft-ask": "asking for a draft to be published",
    "rule-draft-backtest": "holding a draft against past events",
    "rule-test-keep": "saving an event as a test",
    "lookup-new": "a new lookup table",
    "lookup-detail": "another version of a lookup table",
    "approval-decide": "a decision",
    "policy": "when a second person is needed",
    "user-change": "a change of an account",
    "brake": "pulling the emergency brake",
    "brake-release": "releasing an emergency brake",
    "break-glass-close": "the review of a break-glass account",
}

SIGNING_IN = "it is part of signing in: what is typed there is for nobody but the check itself"
OWN_ACCOUNT = "it is about passwords, codes and keys of one's own account"
TOKENS = "it is about tokens, which let machines in"
BUTTON = "nothing is typed into it: signing in leads back to the page with the button"

#: URL name -> why what is sent there is never kept
NOT_KEPT: Mapping[str, str] = {
    "sign-in": SIGNING_IN,
    "sign-in-code": SIGNING_IN,
    "sign-in-enrol": SIGNING_IN,
    "sign-in-again": SIGNING_IN,
    "okta-sign-in": SIGNING_IN,
    "account-password": OWN_ACCOUNT,
    "account-app": OWN_ACCOUNT,
    "account-key": OWN_ACCOUNT,
    "account-key-rename": OWN_ACCOUNT,
    "account-factor-remove": OWN_ACCOUNT,
    "account-recovery": OWN_ACCOUNT,
    "account-sessions-end": OWN_ACCOUNT,
    "token-make": TOKENS,
    "token-revoke": TOKENS,
    "event-retry": BUTTON,
    "user-sessions-end": BUTTON,
    "run-replay": BUTTON,
    "run-confirm": BUTTON,
    "run-undo": BUTTON,
    "incident-probe": BUTTON,
    "plan-pause": BUTTON,
    "plan-resume": BUTTON,
    "plan-cancel": BUTTON,
    "plan-withdraw": BUTTON,
    "rule-switch": BUTTON,
    "rule-draft-start": BUTTON,
    "rule-draft-withdraw": BUTTON,
    "rule-draft-rebase": BUTTON,
    "rule-draft-discard": BUTTON,
    "rule-draft-backtest-cancel": BUTTON,
    "rule-test-remove": BUTTON,
    "approval-claim": BUTTON,
    "theme": BUTTON,
    "sign-out": BUTTON,
    "kept-discard": BUTTON,
}
