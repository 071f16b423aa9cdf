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
    "page POST failure-triage": (
        "failures.acknowledged",
        "failures.snoozed",
        "failures.resolved",
        "failures.reopened",
        "failures.handled",
    ),
    "page POST run-handle": ("run.handled",),
    "page POST incident-probe": ("incident.probed",),
    "page POST rule-switch": ("rule.turned_on", "rule.turned_off"),
    "page POST sign-in": ("user.signed_in", "user.sign_in_refused"),
    "page POST sign-out": ("user.signed_out",),
    "page refused": ("access.denied",),
    "command rules apply": (
        "rule.created",
        "rule.changed",
        "rule.turned_on",
        "rule.turned_off",
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
        *_STEP,
        "run.parked",
        "failures.reopened",
        "incident.opened",
        "incident.draining",
        "incident.stalled",
        "notice.sent",
        "notice.failed",
    ),
    "periodic tend_incidents": ("incident.closed",),
    "periodic wake_snoozed": ("failures.reopened",),
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
    "page GET failure-triage": READS,
    "page GET run-handle": READS,
    "page GET incident-list": READS,
    "page GET rule-list": READS,
    "page GET rule-detail": READS,
    "page GET rule-yaml": READS,
    "page GET rule-versions": READS,
    "page GET rule-version-diff": READS,
    "page GET rule-test": "it computes what a rule would do and calls nothing",
    "page GET rule-switch": READS,
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
