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
    Verb("run.failed", "run", "a step failed for good and the run stopped"),
    Verb("run.unknown", "run", "a step may or may not have taken effect; a person decides"),
    Verb("run.replayed", "run", "a person replayed a run"),
    Verb("run.confirmed", "run", "a person said that an unknown step did take effect"),
    Verb("run.held", "run", "the run waits until somebody agrees to it; nothing was called"),
    Verb("run.released", "run", "enough people agreed to the run; a worker goes on with it"),
    Verb("run.rejected", "run", "a person refused the run; nothing was called"),
    Verb("run.expired", "run", "nobody decided on the run in time; nothing was called"),
    Verb("run.cancelled", "run", "a person gave up a held run; nothing was called"),
    Verb("step.intended", "step", "a step is about to act outside"),
    Verb("step.done", "step", "a step acted outside and the effect was recorded"),
    Verb("step.already", "step", "the target was already as wished; nothing was done"),
    Verb("step.failed", "step", "a step could not act outside"),
    Verb("failures.replayed", "failure-group", "a person replayed a whole group of failures"),
    Verb("rule.created", "rule", "a rule was created with its first version"),
    Verb("rule.changed", "rule", "a new version of a rule was made"),
    Verb("rule.turned_on", "rule", "a rule was turned on"),
    Verb("rule.turned_off", "rule", "a rule was turned off"),
    Verb("draft.created", "draft", "a person began to write or change a rule"),
    Verb("draft.saved", "draft", "a draft of a rule was saved; what waited for approval is void"),
    Verb("draft.discarded", "draft", "a draft of a rule was let go"),
    Verb("draft.published", "draft", "a draft became a new version of its rule"),
    Verb("rule-test.saved", "rule-test", "a past event was saved as a test of a rule"),
    Verb("rule-test.removed", "rule-test", "a test of a rule was removed"),
    Verb("backtest.started", "backtest", "a draft is being held against stored events"),
    Verb("backtest.finished", "backtest", "a draft was held against stored events"),
    Verb("backtest.cancelled", "backtest", "a person stopped a backtest"),
    Verb("lookup.created", "lookup", "a lookup table was created with its first version"),
    Verb("lookup.changed", "lookup", "a new version of a lookup table was made"),
    Verb("approval.requested", "approval", "a decision by somebody else was asked for"),
    Verb("approval.approved", "approval", "a person agreed to what was asked for"),
    Verb("approval.rejected", "approval", "a person refused what was asked for"),
    Verb("approval.voided", "approval", "what was asked for changed or went; nobody can decide it"),
    Verb("approval.expired", "approval", "nobody decided in time; nothing was done"),
    Verb("approval.claimed", "approval", "a person said that they are looking at it"),
    Verb("approval.unclaimed", "approval", "a person let go of what they had claimed"),
    Verb("policy.changed", "policy", "whether a second person is needed was changed"),
    Verb("user.created", "user", "a portal account was created"),
    Verb("user.roles_changed", "user", "an account was given other roles"),
    Verb("user.signed_in", "user", "a person signed in to the portal"),
    Verb("user.sign_in_refused", "user", "a sign-in failed"),
    Verb("user.confirmed", "user", "a signed-in person proved again that it is them"),
    Verb(
        "user.session_ended",
        "user",
        "a session ended without its person: too old, or unused",
    ),
    Verb("user.signed_out", "user", "a person signed out"),
    Verb("access.denied", "page", "a person asked for a page or an act their roles do not allow"),
    Verb("process.started", "process", "a web, worker or clock process started"),
)

VERBS: dict[str, Verb] = {verb.name: verb for verb in _VERBS}
