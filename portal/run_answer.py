"""The answer box of a run: what happened in plain words, and what a person can do about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.urls import reverse

from portal import times
from portal.masking import masked_text
from portal.run_story import RunStory
from portal.step_story import title_of
from provisioning.runs.models import Run, Step
from provisioning.runs.troubles import Handling, Incident

LONGEST_TITLE = 140
#: Others with the same cause are counted up to here.
MOST_OTHERS = 1_000


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    label: str
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    tone: str
    title: str
    text: Sequence[str]
    links: Sequence[Link] = field(default_factory=tuple)


def answer_for(
    story: RunStory, *, others: int, taken_by: Run | None, may_replay: bool
) -> Answer | None:
    """`taken_by` is the run in this one's place, if any. None where there is nothing to say."""
    run, step = story.run, story.current
    if taken_by is not None:
        url = reverse("run-detail", args=[taken_by.code])
        said = f"It was replayed as {taken_by.code}: {taken_by.get_state_display().lower()}."
        return Answer(
            "run", "Another run has taken this one's place", [said], [Link(url, "Open it")]
        )
    if step is None:
        return None
    if run.parked and run.incident is not None:
        return _parked(run.incident, run)
    if run.handling is not None and run.state in Run.STOPPED_STATES:
        return _handled(run.handling, step)
    if run.state == Run.State.RETRYING:
        rest = " ".join([_next_try(run), *_kept(run)])
        return Answer("warn", _cause(step), [*_said(step), rest])
    if run.state == Run.State.UNKNOWN:
        return _decide(run, step, others, may_replay=may_replay)
    if run.state == Run.State.FAILED:
        rest = " ".join([*_tried(story, step), *_kept(run), *_others(others)])
        return Answer("bad", _cause(step), [*_said(step), rest], _see_all(run, others))
    return None


def others_of(run: Run) -> int:
    """How many other stopped runs have the same cause. One query."""
    if run.group_id is None or run.superseded or run.state not in Run.STOPPED_STATES:
        return 0
    same = Run.objects.failures().filter(group=run.group_id).exclude(pk=run.pk)
    return same[:MOST_OTHERS].count()


def _parked(incident: Incident, run: Run) -> Answer:
    said = (
        f"{incident.target} cannot be used since {times.stamp(incident.opened_at)}. This run waits "
        "in order and goes on by itself as soon as it is let go."
    )
    link = Link(reverse("incident-list"), "See outages")
    return Answer("warn", f"Waits for {incident.target}", [" ".join([said, *_kept(run)])], [link])


def _handled(handling: Handling, step: Step) -> Answer:
    said = f"By {handling.handled_by}, {times.stamp(handling.handled_at)}. The run stays failed."
    links = [Link(handling.url, "Open the ticket")] if handling.url else []
    text = [masked_text(handling.reason), said, _cause(step)]
    return Answer("run", "It was handled by hand", text, links)


def _decide(run: Run, step: Step, others: int, *, may_replay: bool) -> Answer:
    text = [
        *_said(step),
        f"Step {step.position}, {title_of(step.action)}, may or may not have taken effect, and it "
        "cannot be read back. Look at the target, then decide.",
        " ".join([*_kept(run), *_others(others)]),
    ]
    links: list[Link] = []
    if may_replay:
        confirm = reverse("run-confirm", args=[run.code])
        replay = reverse("run-replay", args=[run.code])
        links = [
            Link(confirm, "It did happen: go on after it"),
            Link(replay, f"It did not: replay step {step.position}"),
        ]
    return Answer("hold", "Did this happen?", text, [*links, *_see_all(run, others)])


def _cause(step: Step) -> str:
    message = masked_text(step.error)
    if message and len(message) <= LONGEST_TITLE and "\n" not in message.strip():
        return message
    return f"{title_of(step.action)} failed: {masked_text(step.error_code)}"


def _said(step: Step) -> list[str]:
    """The message where it was too long for the title, then the hint."""
    message = masked_text(step.error)
    texts = ("" if message == _cause(step) else message, masked_text(step.hint))
    return [text for text in texts if text]


def _tried(story: RunStory, step: Step) -> list[str]:
    told = story.steps[step.position - 1]
    if step.attempts < 2 or told.took is None:
        return []
    return [f"All {step.attempts} attempts failed, over {times.duration(told.took)}."]


def _kept(run: Run) -> list[str]:
    if not run.steps_done:
        return []
    if run.steps_done == 1:
        return ["Step 1 is done and will not run again."]
    return [f"Steps 1 to {run.steps_done} are done and will not run again."]


def _others(others: int) -> list[str]:
    if not others:
        return []
    count = f"{others:,}" if others < MOST_OTHERS else f"{MOST_OTHERS:,} or more"
    return [f"{count} other run{' stopped' if others == 1 else 's stopped'} for the same cause."]


def _next_try(run: Run) -> str:
    return f"It is tried again by itself at {times.stamp(run.due_at)}."


def _see_all(run: Run, others: int) -> list[Link]:
    if run.group is None:
        return []
    label = f"See all {others + 1:,}" if others else "See the cause"
    return [Link(reverse("failure-detail", args=[run.group.code]), label)]
