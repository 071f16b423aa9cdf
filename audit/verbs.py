"""The catalogue: every verb that may stand in the trail, and what it says.

A verb outside it is refused by `trail`. A test walks all URLs, commands, jobs and actions and
fails if one of them has neither a verb here nor a written reason for having none.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verb:
    name: str
    object_kind: str
    says: str


_VERBS = (
    Verb("delivery.accepted", "delivery", "Okta delivered events and they were stored"),
    Verb("delivery.refused", "delivery", "a call to the hook endpoint was refused"),
    Verb("delivery.verified", "delivery", "Okta's verification challenge was answered"),
    Verb("event.quarantined", "event", "an event could not be understood and was set aside"),
    Verb("event.scheduled", "event", "an event was held against the rules; runs were made"),
    Verb("event.failed", "event", "an event could not be held against the rules"),
    Verb("event.retried", "event", "a failed event was put back for matching"),
    Verb("run.succeeded", "run", "every step of the run is done"),
    Verb("run.retrying", "run", "a step will be tried again"),
    Verb("run.parked", "run", "the run waits, since the target of its next step is out"),
    Verb("run.failed", "run", "a step failed for good and the run stopped"),
    Verb("run.unknown", "run", "a step may or may not have taken effect; a person decides"),
    Verb("run.replayed", "run", "a person replayed a run"),
    Verb("run.confirmed", "run", "a person said that an unknown step did take effect"),
    Verb("step.intended", "step", "a step is about to act outside"),
    Verb("step.done", "step", "a step acted outside and the effect was recorded"),
    Verb("step.already", "step", "the target was already as wished; nothing was done"),
    Verb("step.failed", "step", "a step could not act outside"),
    Verb("failures.replayed", "failure-group", "a person replayed a whole group of failures"),
    Verb("run.handled", "run", "a person took care of a stopped run by hand"),
    Verb("failures.acknowledged", "failure-group", "a person looks after a cause of failure"),
    Verb("failures.snoozed", "failure-group", "a person put a cause of failure off"),
    Verb("failures.resolved", "failure-group", "a person said that a cause is solved"),
    Verb("failures.reopened", "failure-group", "a cause of failure needs a person again"),
    Verb("failures.handled", "failure-group", "a person took care of a cause's runs by hand"),
    Verb("incident.opened", "incident", "a target is out; work for it is parked"),
    Verb("incident.probed", "incident", "a person had a parked run test the target at once"),
    Verb("incident.draining", "incident", "a target answers again; parked work is let go slowly"),
    Verb("incident.stalled", "incident", "a target failed again while work was let go"),
    Verb("incident.closed", "incident", "a target has recovered; nothing is parked any more"),
    Verb("rule.created", "rule", "a rule was created with its first version"),
    Verb("rule.changed", "rule", "a new version of a rule was made"),
    Verb("rule.turned_on", "rule", "a rule was turned on"),
    Verb("rule.turned_off", "rule", "a rule was turned off"),
    Verb("approval.requested", "approval", "a decision by somebody else was asked for"),
    Verb("approval.approved", "approval", "a person agreed to what was asked for"),
    Verb("approval.rejected", "approval", "a person refused what was asked for"),
    Verb("approval.voided", "approval", "what was asked for changed or went; nobody can decide it"),
    Verb("approval.expired", "approval", "nobody decided in time; nothing was done"),
    Verb("approval.claimed", "approval", "a person said that they are looking at it"),
    Verb("approval.unclaimed", "approval", "a person let go of what they had claimed"),
    Verb("notice.sent", "notice", "people were told of something"),
    Verb("notice.failed", "notice", "people could not be told, or nobody knows whether they were"),
    Verb("policy.changed", "policy", "whether a second person is needed was changed"),
    Verb("user.created", "user", "a portal account was created"),
    Verb("user.signed_in", "user", "a person signed in to the portal"),
    Verb("user.sign_in_refused", "user", "a sign-in failed"),
    Verb("user.signed_out", "user", "a person signed out"),
    Verb("access.denied", "page", "a person asked for a page or an act their roles do not allow"),
    Verb("process.started", "process", "a web, worker or clock process started"),
)

VERBS: dict[str, Verb] = {verb.name: verb for verb in _VERBS}
