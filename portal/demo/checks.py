"""What the scenarios look for. Each check says whether it holds, and what it saw."""

import json
import re
from collections.abc import Sequence

from django.db.models import Q

from audit.models import Entry
from portal.demo.stage import Seen, Stage
from provisioning.runs.models import Run
from sandbox.web import Json

FOLDER_RULE, ALERT_RULE = "marketing-s3-folder", "offboarding-alert"
BUCKET, CHANNEL = "team-folders", "#offboarding"


def states(runs: Sequence[Run], wanted: Sequence[str]) -> Seen:
    """The runs' states, the newest first."""
    found = [run.state for run in runs]
    return Seen(found == list(wanted), f"runs: {', '.join(found) or 'none'}")


def one_run(stage: Stage, user: Json) -> Seen:
    return states(stage.runs(user, FOLDER_RULE), [Run.State.SUCCEEDED])


def unmatched(stage: Stage, user: Json, event_type: str, number: int) -> Seen:
    """Holds when the `number`th event of its type has been dealt with and matched no rule."""
    seen = stage.settled(user, event_type, number)
    return Seen(seen.holds and seen.text.endswith("no_match"), seen.text)


def failed(stage: Stage, user: Json, cause: str) -> Seen:
    """Holds when the only run has failed, with a cause that matches."""
    runs = stage.runs(user, FOLDER_RULE)
    text = "; ".join(f"{run.state}: {run.error or 'no cause'}" for run in runs) or "no run"
    holds = len(runs) == 1 and runs[0].state == Run.State.FAILED
    return Seen(holds and re.search(cause, runs[0].error, re.I) is not None, text)


def folder_key(user: Json) -> str:
    profile = user["profile"]
    return f"marketing-{profile['firstName']} {profile['lastName']}/"


def folder(stage: Stage, user: Json) -> Seen:
    keys = [found["key"] for found in stage.sandbox.list_objects().get(BUCKET, [])]
    wanted = folder_key(user)
    text = f"{wanted} among {len(keys)}" if wanted in keys else f"{len(keys)} others"
    return Seen(wanted in keys, f"s3://{BUCKET}: {text}")


def mails(stage: Stage, user: Json, count: int) -> Seen:
    found = stage.sandbox.list_mails(user["profile"]["email"])
    subjects = "; ".join(mail["subject"] for mail in found) or "no mail"
    return Seen(len(found) == count, f"{len(found)} for {user['profile']['email']}: {subjects}")


def messages(stage: Stage, mail: str, words: Sequence[str]) -> Seen:
    """Holds when exactly one message has the first word and the address, and all words."""
    sent = stage.sandbox.list_slack_messages(CHANNEL)
    whole = {json.dumps(message, ensure_ascii=False): str(message["text"]) for message in sent}
    found = [text for text in whole if words[0] in text and mail in text]
    missing = [word for word in words if found and word not in found[0]]
    shown = whole[found[0]] + (f", without {missing}" if missing else "") if found else "nothing"
    return Seen(len(found) == 1 and not missing, f"{len(found)} in {CHANNEL}: {shown}")


def audited(stage: Stage, user: Json) -> Seen:
    """Holds when the trail tells the run: made by its event, each step acted, all of it done."""
    run = stage.runs(user, FOLDER_RULE)[0]
    about = Q(object_kind="event", object_id=run.event.code)
    about |= Q(object_kind="run", object_id=run.code)
    about |= Q(object_kind="step", object_id__startswith=f"{run.code}.")
    verbs = list(Entry.objects.filter(about).order_by("id").values_list("verb", flat=True))
    step = ["step.intended", "step.done"]
    return Seen(verbs == ["event.scheduled", *step, *step, "run.succeeded"], ", ".join(verbs))


def inbox(page: str, run: Run) -> Seen:
    """Holds when the failures page leads to the group of this run."""
    group = run.group
    if group is None:
        return Seen(False, "the run has no group")
    there = f"/failures/{group.code}/" in page
    return Seen(there, f"{'' if there else 'not there: '}{group.message}")


def no_failure(run: Run) -> Seen:
    """Holds when the run does not wait for a person any more."""
    waits = Run.objects.failures().filter(pk=run.pk).exists()
    return Seen(not waits, "still there" if waits else "not there any more")
