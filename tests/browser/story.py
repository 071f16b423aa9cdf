"""What has happened at Acme: genuine deliveries, runs, failures and retries, told through Okta.

`tell` makes what any company would have; `tell_of_hostile_text` adds names that are markup, and
secrets where none belong.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db.models import F, Max, Min
from django.test import override_settings
from django.utils import timezone

from audit.trail import Actor
from provisioning.approvals.models import Approval
from provisioning.events.models import Delivery, Event, EventProfile, Person
from provisioning.plans import releasing, selecting, steering
from provisioning.plans.models import Plan
from provisioning.plans.options import read
from provisioning.runs import holding, replays
from provisioning.runs.models import Attempt, FailureGroup, Run, Step
from tests.browser import alarms, drafted, rules
from tests.browser.stack import MAYA, TOMAS, Stack, envelope, example, log_event
from tests.support.hooks import SECRET

HOSTILE = "<img src=x onerror=alert(1)>"
#: Each has to be masked wherever it stands: by its form, by the name it stands under, or because
#: this installation knows it as its own.
SECRET_BY_FORM = "xoxb-4711-marked-secret-0815"
SECRET_BY_NAME = "marked-value-under-a-secret-name"
MARKED = (SECRET_BY_FORM, SECRET_BY_NAME, SECRET, "00sandbox-token", "xoxb-sandbox")
#: Long enough that nothing which waits is tried again while the tests look.
HOUR = {"Retry-After": "3600"}
LEAVERS = (
    "ines.ferreira", "haruto.tanaka", "siobhan.oneill", "amara.okafor", "dmitri.petrov",
)  # fmt: skip
FIELD = (("Aiko", "Sato"), ("Bela", "Kiss"), ("Chidi", "Eze"), ("Dara", "Lim"))
DAY = timedelta(hours=22)


def tell(stack: Stack) -> None:
    """Everything but hostile text, spread over the last day."""
    stack.client.set_delivery_options(max_batch=1)
    _write_rules(stack)
    _marketing(stack)
    _leavers_and_joiners(stack)
    _field(stack)
    _slack_in_trouble(stack)
    _okta_in_trouble(stack)
    _held(stack)
    _odd_deliveries(stack)
    _plans(stack)
    alarms.brakes()
    _spread_over_the_day()
    drafted.tell()
    alarms.emergencies()
    alarms.outage()


def _write_rules(stack: Stack) -> None:
    texts = [example("marketing-s3-folder"), example("offboarding-alert")]
    welcome = [rules.WELCOME.format(**version) for version in rules.WELCOME_VERSIONS]
    stack.apply(*texts, rules.BADGE_FOLDER, rules.ADMIN_NOTICE, rules.FACTOR_NOTICE, actor=MAYA)
    stack.apply(welcome[0], rules.CONTRACTORS, actor=MAYA)
    stack.apply(welcome[1], actor=TOMAS)
    stack.apply(welcome[2], actor=MAYA)


def _marketing(stack: Stack) -> None:
    """Three move: one succeeds, one is replayed after a refusal, one stays refused."""
    moving = [stack.person(login) for login in ("maya.lindqvist", "zoe.mueller")]
    stack.client.update_user(moving[0]["id"], department="Marketing")
    stack.drain()
    refusal: dict[str, Any] = {"status": 403, "code": "AccessDenied"}
    stack.client.add_fault("s3", "PutObject", times=1, **refusal)
    stack.client.update_user(moving[1]["id"], department="Marketing")
    stack.drain()
    replays.replay(Run.objects.get(state=Run.State.FAILED), actor=TOMAS)
    stack.drain()
    joshua = stack.person("joshua.dominguez")
    stack.client.add_fault(
        "s3", "PutObject", times=0, match={"Key": "marketing-Joshua Dominguez/"}, **refusal
    )
    stack.client.update_user(joshua["id"], department="Marketing")
    stack.drain()
    stack.client.update_user(moving[0]["id"], title="Brand lead")
    stack.drain()


def _leavers_and_joiners(stack: Stack) -> None:
    for login in LEAVERS:
        stack.client.suspend(stack.person(login)["id"])
    stack.client.deactivate(stack.person(LEAVERS[0])["id"])
    stack.client.unsuspend(stack.person(LEAVERS[1])["id"])
    refused = {"to": "gone.away@acme.example"}
    stack.client.add_fault(
        "smtp", "RCPT", times=0, status=550, match=refused, message="5.1.1 No such mailbox"
    )
    for first, last in (("Wren", "Abara"), ("Gone", "Away"), ("Yusuf", "Demir")):
        stack.hire(first, last, department="Finance")
    stack.drain()


def _field(stack: Stack) -> None:
    """Their folders belong into a bucket that nobody has made."""
    for first, last in FIELD:
        stack.hire(first, last, department="Field")
    stack.drain()


def _slack_in_trouble(stack: Stack) -> None:
    """One message is asked to wait, of one nobody knows whether it was posted."""
    stack.client.add_fault(
        "slack", "chat.postMessage", times=0, status=429, headers=HOUR,
        match={"channel": "#it-alerts"},
    )  # fmt: skip
    stack.client.add_fault(
        "slack", "chat.postMessage", drop="after", match={"channel": "#security-alerts"}
    )
    for kind, login, name, number in (
        ("user.account.privilege.grant", "haruto.tanaka", "Haruto Tanaka", 1),
        ("user.mfa.factor.reset_all", "siobhan.oneill", "Siobhán O'Neill", 2),
        ("user.mfa.factor.reset_all", "zoe.mueller", "Zoë Müller", 3),
    ):
        event = log_event(kind, f"{login}@acme.example", name, number)
        stack.client.send_events(stack.hook_id, [event])
    stack.drain()


def _okta_in_trouble(stack: Stack) -> None:
    """Of one person Okta tells nothing for now; of another it told nothing for a day."""
    for first, last in (("Late", "Reading"), ("Lost", "Reading")):
        person = stack.hire(first, last, department="Support")
        stack.client.add_fault(
            "okta", "get_user", times=0, status=503, match={"user": person["id"]}
        )
    stack.drain()
    waiting = Event.objects.filter(state=Event.State.RECEIVED)
    late = waiting.filter(person_login__startswith="late.")
    late.update(due_at=timezone.now() + timedelta(days=1))
    with override_settings(RETRY_FOR_HOURS=0):
        waiting.exclude(pk__in=late).update(due_at=timezone.now() - timedelta(seconds=1))
        stack.drain()


def _held(stack: Stack) -> None:
    """Three wait: one is approved, one rejected, and one asked for anew after a change; a fourth
    was asked for just now."""
    stack.apply(rules.CAREFUL.format(name="legal-folder", department="Legal"), actor=MAYA)
    names = ("Nadia", "Karim"), ("Oscar", "Lund"), ("Petra", "Novak"), ("Quinn", "Reyes")
    hired = [stack.hire(first, last, department="Legal") for first, last in names]
    stack.drain()
    _decide("nadia", "approve", "She starts on Monday.")
    _decide("oscar", "reject", "He stays in Sales.")
    stack.client.update_user(hired[2]["id"], lastName="Novak-Lind", department="Legal")
    stack.drain()
    Person.objects.filter(pk=hired[2]["id"]).update(
        user={"status": "ACTIVE", "profile": hired[2]["profile"] | {"lastName": "Novak-Lind"}},
        user_read_at=timezone.now(),
    )
    _decide("petra", "approve", "")
    stack.drain()


def _decide(first: str, verdict: str, reason: str) -> None:
    run = Run.objects.get(rule__name="legal-folder", person_login__startswith=first)
    approval = Approval.objects.open().about("run", run.code).get()
    noor = Actor("command", "noor", "Noor Haddad", "command line")
    holding.decide(
        approval, verdict=verdict, reason=reason, digest=approval.digest, roles=["approver"],
        actor=noor,
    )  # fmt: skip


def _odd_deliveries(stack: Stack) -> None:
    """Wrong secrets, things that are no JSON, an event that makes no sense, one sent twice."""
    broken = log_event("user.lifecycle.suspend", "x@acme.example", "X", 10, target="nobody")
    whole = log_event("group.user_membership.add", "zoe.mueller@acme.example", "Zoë", 11)
    stack.client.send_events(stack.hook_id, [broken, whole])
    assert stack.client.settle()
    stack.client.resend(str(stack.client.list_deliveries()[-1]["id"]))
    for _ in range(3):
        assert stack.call_hook(envelope([whole]), Authorization="a wrong secret") == 401
    assert stack.call_hook(b'{"data": ') == 400
    assert stack.call_hook(b"a=1", Content_Type="application/x-www-form-urlencoded") == 415
    stack.drain()


def _plans(stack: Stack) -> None:
    """One is looked at, one was paused before it began."""
    for pauses in (True, False):
        wanted = selecting.Wanted(
            kind=Plan.Kind.BULK_REPLAY,
            title="Replay what is stopped",
            items=selecting.runs_of(Run.objects.failures()),
            source={"said": "everything that is stopped"},
        )
        plan = selecting.make(wanted, actor=TOMAS)
        while plan.computed_at is None:
            Plan.objects.filter(pk=plan.pk).update(due_at=plan.created_at)
            stack.drain()
            plan.refresh_from_db()
        if pauses:
            chosen = replace(read(plan.options), classes=("would_act", "unclassified"))
            while plan.state == Plan.State.DRAFT:
                plan = releasing.confirm(
                    plan, checksum=plan.checksum, options=chosen, reason="", actor=TOMAS
                )
            steering.pause(plan, actor=TOMAS)


def _spread_over_the_day() -> None:
    """Move each delivery, with all that followed from it, to a time of its own."""
    deliveries = list(Delivery.objects.order_by("received_at").values_list("pk", flat=True))
    for number, pk in enumerate(deliveries, start=1):
        _move(pk, DAY * (len(deliveries) - number) / len(deliveries))
    open_runs = Run.objects.failures().values("group_id")
    for found in open_runs.annotate(first=Min("finished_at"), last=Max("finished_at")):
        FailureGroup.objects.filter(pk=found["group_id"]).update(
            first_at=found["first"], last_at=found["last"]
        )


def _move(delivery: int, by: timedelta) -> None:
    """When something is due stays as it is."""
    Delivery.objects.filter(pk=delivery).update(received_at=F("received_at") - by)
    for model, path, times in (
        (Event, "delivery", ("published_at", "received_at", "settled_at")),
        (EventProfile, "event__delivery", ("read_at",)),
        (Run, "event__delivery", ("published_at", "created_at", "started_at", "finished_at")),
        (Step, "run__event__delivery", ("intent_at", "started_at", "finished_at")),
        (Attempt, "step__run__event__delivery", ("started_at", "finished_at")),
    ):
        rows = model._default_manager.filter(**{path: delivery})
        rows.update(**{name: F(name) - by for name in times})


def tell_of_hostile_text(stack: Stack) -> None:
    """A person whose name is markup, and secrets in a payload, a rule and an error."""
    stack.apply(rules.SECRETIVE.format(secret=SECRET_BY_FORM))
    stack.hire(
        HOSTILE, f"{HOSTILE} {SECRET_BY_FORM}", login="mallory", department="Field",
        displayName=HOSTILE, nickName=SECRET_BY_FORM, apiToken=SECRET_BY_NAME,
    )  # fmt: skip
    stack.drain()
    login = f"{HOSTILE}@acme.example"
    secrets = {"authorization": SECRET_BY_NAME, "note": f"used {SECRET} and 00sandbox-token"}
    told = f"5.7.1 {HOSTILE} {SECRET_BY_FORM} {SECRET}"
    stack.client.add_fault(
        "smtp", "RCPT", times=0, status=550, match={"to": "mallory.two@acme.example"}, message=told
    )
    stack.client.send_events(
        stack.hook_id,
        [
            log_event(
                "user.lifecycle.suspend", login, HOSTILE, 20,
                debugContext={"debugData": secrets}, displayMessage=HOSTILE,
            ),
            log_event("user.lifecycle.activate", "mallory.two@acme.example", HOSTILE, 21),
            log_event("user.mfa.factor.deactivate", login, SECRET_BY_FORM, 22),
        ],
    )  # fmt: skip
    broken = log_event("user.lifecycle.suspend", login, HOSTILE, 23, severity={HOSTILE: SECRET})
    broken["target"] = f"{HOSTILE} {SECRET_BY_FORM}"
    stack.client.send_events(stack.hook_id, [broken])
    stack.call_hook(b"{}", Authorization=HOSTILE, User_Agent=f"{HOSTILE} {SECRET_BY_FORM}")
    stack.drain()
