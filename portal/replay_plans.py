"""What replaying a run would do, step by step, computed before anybody agrees to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.masking import masked_text
from portal.step_story import sentence_of, title_of
from provisioning.rules.previews import StepPreview, preview_step
from provisioning.runs import replays
from provisioning.runs.loading import load
from provisioning.runs.models import Run, Step
from provisioning.runs.work import Work


@dataclass(frozen=True, slots=True)
class Plan:
    """Sentences for components/_confirm.html; `refused` says why nothing can be done at all."""

    effects: Sequence[str]
    not_effects: Sequence[str]
    first_step: int
    refused: str


def of_run(run: Run, *, from_start: bool) -> Plan:
    work = load([run.pk])[0]
    kept = [] if from_start else [s for s in work.steps if s.state in Step.DONE_STATES]
    called = [step for step in work.steps if step not in kept]
    return Plan(
        effects=[_called(work, step) for step in called],
        not_effects=[_kept(step) for step in kept] + [_same_version(run)],
        first_step=called[0].position if called else 0,
        refused=replays.why_not(run),
    )


def of_confirmation(run: Run) -> Plan:
    """Going on after the step in doubt, which counts as done from then on."""
    work = load([run.pk])[0]
    doubtful = next((s for s in work.steps if s.state == Step.State.UNKNOWN), None)
    if run.state != Run.State.UNKNOWN or run.superseded or doubtful is None:
        refused = replays.why_not(run) or "It is not waiting for a decision any more."
        return Plan([], [], 0, refused)
    kept = [step for step in work.steps if step.state in Step.DONE_STATES]
    called = [s for s in work.steps if s.position > doubtful.position]
    counts = f"Step {doubtful.position}, {title_of(doubtful.action)}: counts as done from now on."
    return Plan(
        effects=[counts, *(_called(work, step) for step in called)],
        not_effects=[*(_kept(step) for step in kept), _same_version(run)],
        first_step=called[0].position if called else 0,
        refused="",
    )


def _called(work: Work, step: Step) -> str:
    """Such as "Step 2, Send an e-mail, is called: Send …"."""
    names = dict(work.names)
    names["steps"] = {one.key: {"output": one.output} for one in work.steps if one.output}
    shown = preview_step(step.position, step.key, step.action, step.template, names)
    begin = f"Step {step.position}, {shown.title}, is called{_again(step, shown)}."
    said = " ".join(shown.problems) or shown.sentence
    return masked_text(f"{begin} {said}".strip())


def _again(step: Step, shown: StepPreview) -> str:
    if shown.read_first:
        return "; it looks first, and does nothing where it is so already"
    if step.state == Step.State.UNKNOWN:
        return "; if it did happen before, it happens a second time"
    return " a second time, although it is done" if step.state in Step.DONE_STATES else ""


def _kept(step: Step) -> str:
    said = f"Step {step.position}, {title_of(step.action)}, is done: kept, not called again."
    return f"{said} {sentence_of(step)}".strip()


def _same_version(run: Run) -> str:
    return f"The rule stays as it was for this run: {run.rule.name}, version {run.version.number}."
