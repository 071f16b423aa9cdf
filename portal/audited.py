"""What each door of the product tells the trail, or why it tells nothing.

A door is a page with its method, a command, a job, a periodic task, an action, or the hook. A test
walks all of them and fails if one is missing here.
"""

from collections.abc import Mapping

READS = "it only reads; who may read is kept by roles"
OWN_COOKIE = "it changes a cookie of the reader's own browser and nothing else"
MACHINES = "machines ask it every few seconds and it tells only whether the process works"

_STEP = ("step.intended", "step.done", "step.already", "step.failed")

#: door -> verbs of the catalogue
AUDITED: Mapping[str, tuple[str, ...]] = {
    "hook GET": ("delivery.verified", "delivery.refused"),
    "hook POST": ("delivery.accepted", "delivery.refused", "event.quarantined"),
    "page POST event-retry": ("event.retried",),
    "page POST run-replay": ("run.replayed",),
    "page POST run-confirm": ("run.confirmed",),
    "page POST failure-replay": ("failures.replayed", "run.replayed"),
    "page POST rule-switch": ("rule.turned_on", "rule.turned_off", "approval.requested"),
    "page POST rule-new": ("draft.created",),
    "page POST rule-draft-start": ("draft.created",),
    "page POST rule-draft": ("draft.saved", "approval.voided"),
    "page POST rule-draft-ask": ("approval.requested", "draft.published", "rule.changed"),
    "page POST rule-draft-withdraw": ("approval.voided",),
    "page POST rule-draft-rebase": ("draft.saved",),
    "page POST rule-draft-discard": ("draft.discarded", "approval.voided"),
    "page POST rule-draft-backtest": ("backtest.started",),
    "page POST rule-draft-backtest-cancel": ("backtest.cancelled",),
    "page POST rule-test-keep": ("rule-test.saved",),
    "page POST rule-test-remove": ("rule-test.removed",),
    "page POST sign-in": ("user.signed_in", "user.sign_in_refused"),
    "page POST sign-out": ("user.signed_out",),
    "page refused": ("access.denied",),
    "command rules apply": (
        "rule.created",
        "rule.changed",
        "rule.turned_on",
        "rule.turned_off",
        "draft.created",
        "draft.saved",
        "approval.requested",
        "approval.voided",
    ),
    "command create_account": ("user.created",),
    "command web": ("process.started",),
    "command work": ("process.started",),
    "command clock": ("process.started",),
    "job provisioning.jobs.drain": (
        "event.scheduled",
        "event.failed",
        "run.retrying",
        "run.succeeded",
        "run.failed",
        "run.unknown",
        "backtest.finished",
        *_STEP,
    ),
    "action aws.s3.create_folder": _STEP,
    "action aws.lambda.invoke": _STEP,
    "action slack.post_message": _STEP,
    "action email.send": _STEP,
}

#: door -> why it tells nothing
NOT_AUDITED: Mapping[str, str] = {
    "page GET overview": READS,
    "page GET event-list": READS,
    "page GET event-detail": READS,
    "page GET event-raw": READS,
    "page GET run-list": READS,
    "page GET run-detail": READS,
    "page GET run-replay": READS,
    "page GET run-confirm": READS,
    "page GET failure-list": READS,
    "page GET failure-detail": READS,
    "page GET failure-replay": READS,
    "page GET rule-list": READS,
    "page GET rule-detail": READS,
    "page GET rule-yaml": READS,
    "page GET rule-versions": READS,
    "page GET rule-version-diff": READS,
    "page GET rule-test": "it computes what a rule would do and calls nothing",
    "page GET rule-switch": READS,
    "page GET rule-new": READS,
    "page GET rule-draft": READS,
    "page GET rule-draft-try": "it computes what a draft would do and calls nothing",
    "page GET rule-draft-ask": READS,
    "page GET rule-draft-discard": READS,
    "page GET rule-draft-backtest": READS,
    "page GET rule-tests": "it computes what a rule says and calls nothing",
    "page GET rule-test-keep": "it computes what a rule says and calls nothing",
    "page GET delivery-list": READS,
    "page GET delivery-detail": READS,
    "page GET person-list": READS,
    "page GET person-detail": READS,
    "page GET person-why": "it computes what a rule says and calls nothing",
    "page GET search": READS,
    "page GET audit-list": READS,
    "page GET audit-detail": READS,
    "page GET sign-in": READS,
    "page POST theme": OWN_COOKIE,
    "page GET healthz": MACHINES,
    "page GET readyz": MACHINES,
    "command rules plan": "it computes what apply would change and changes nothing",
    "command rules export": READS,
    "command status": READS,
    "command migrate": "it makes the tables the trail lives in; the deployment log tells of it",
    "command demo": "it starts the other commands, which tell for themselves",
    "periodic sweep": "it wakes workers, who tell for themselves",
    "periodic prune": "it removes heartbeats and refused calls whose entries stay in the trail",
}
