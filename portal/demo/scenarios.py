"""The scenarios, told through real doors: the fake Okta, the inbox, the channel, the portal."""

from collections.abc import Callable

from portal.demo import checks, stops
from portal.demo.bulk_replay import bulk_replay
from portal.demo.checks import ALERT_RULE, BUCKET, FOLDER_RULE
from portal.demo.held_run import held_run
from portal.demo.rule_scenarios import four_eyes
from portal.demo.stage import Stage
from provisioning.runs.models import Run

UPDATE = "user.account.update_profile"


def marketing_folder(stage: Stage) -> None:
    """Somebody moves to Marketing, edits something else, and somebody's function fails."""
    maya = stage.hire("Maya", "Lindqvist", "Sales")
    stage.sandbox.update_user(maya["id"], department="Marketing")
    stage.expect(
        "her move to Marketing makes one run, which succeeds", lambda: checks.one_run(stage, maya)
    )
    stage.expect(f"her folder is in the bucket {BUCKET}", lambda: checks.folder(stage, maya))
    stage.expect("one mail about it arrives", lambda: checks.mails(stage, maya, 1))
    stage.expect(
        "the audit trail has the run from start to end", lambda: checks.audited(stage, maya)
    )

    stage.sandbox.update_user(maya["id"], title="Brand lead")
    stage.expect(
        "a second, unrelated edit matches nothing", lambda: checks.unmatched(stage, maya, UPDATE, 2)
    )
    stage.expect("no second run is made", lambda: checks.one_run(stage, maya), timeout=0)
    stage.expect("no second mail is sent", lambda: checks.mails(stage, maya, 1), timeout=0)

    joshua = stage.hire("Joshua", "Dominguez", "Sales")
    fault = {"Key": checks.folder_key(joshua)}
    stage.sandbox.add_fault(
        "s3", "PutObject", match=fault, times=0, status=403, code="AccessDenied"
    )
    try:
        stage.sandbox.update_user(joshua["id"], department="Marketing")
        stage.expect(
            "a function that fails behind a successful call fails the run",
            lambda: checks.failed(stage, joshua, "permission|may not|403|AccessDenied"),
        )
        stage.expect("no mail is sent for it", lambda: checks.mails(stage, joshua, 0), timeout=0)
    finally:
        stage.sandbox.clear_faults()


def offboarding_alert(stage: Stage) -> None:
    """Somebody is suspended, then deactivated: the channel learns it, each once."""
    person = stage.hire("Ines", "Ferreira", "Finance")
    name, mail = person["profile"]["displayName"], person["profile"]["email"]
    for verb, act, words in (
        ("suspend", stage.sandbox.suspend, "User suspended"),
        ("deactivate", stage.sandbox.deactivate, "User deactivated"),
    ):
        act(person["id"])
        stage.expect(
            f"after {verb}, one message names person, mail address, actor and time",
            lambda words=words: checks.messages(
                stage, mail, (words, name, mail, "Ada Admin", " UTC")
            ),  # type: ignore[misc]  # default argument binds the loop's value
        )
    stage.expect(
        "each of the two runs succeeded",
        lambda: checks.states(stage.runs(person, ALERT_RULE), [Run.State.SUCCEEDED] * 2),
    )


def replay_after_failure(stage: Stage) -> None:
    """The bucket is missing; the run fails; the bucket is made; the run is replayed."""
    person = stage.hire("Łukasz", "Żak", "Sales")
    stage.sandbox.delete_bucket(BUCKET)
    try:
        stage.sandbox.update_user(person["id"], department="Marketing")
        stage.expect(
            "without its bucket the run fails and says why in plain words",
            lambda: checks.failed(stage, person, rf"bucket\W+{BUCKET}\W+does not exist|no.*bucket"),
        )
    finally:
        stage.sandbox.create_bucket(BUCKET)
    run = stage.runs(person, FOLDER_RULE)[0]
    portal = stage.portal()
    stage.expect(
        "it stands in the failures inbox, grouped by its cause",
        lambda: checks.inbox(portal.read("/failures/"), run),
    )
    stage.expect("no mail was sent yet", lambda: checks.mails(stage, person, 0), timeout=0)
    portal.submit(f"/runs/{run.code}/replay/")
    stage.expect(
        "replayed from its failed step, it succeeds",
        lambda: checks.states(
            stage.runs(person, FOLDER_RULE), [Run.State.SUCCEEDED, Run.State.FAILED]
        ),
    )
    stage.expect("the folder is there", lambda: checks.folder(stage, person))
    stage.expect("one mail arrives, and only one", lambda: checks.mails(stage, person, 1))
    stage.expect("it has left the failures inbox", lambda: checks.no_failure(run), timeout=0)


SCENARIOS: dict[str, Callable[[Stage], None]] = {
    "marketing-folder": marketing_folder,
    "offboarding-alert": offboarding_alert,
    "replay-after-failure": replay_after_failure,
    "held-run": held_run,
    "bulk-replay": bulk_replay,
    "four-eyes": four_eyes,
    "burst-gate": stops.burst_gate,
    "undo": stops.undo,
    "brake": stops.brake,
}
