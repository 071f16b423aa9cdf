"""What a run's page says of its approval: that it waits for one, who gave it, why it never ran."""

from django.urls import reverse

from portal import times
from portal.masking import masked_text
from portal.run_answer import Answer, Link
from provisioning.approvals.models import Approval
from provisioning.runs.asking import KIND
from provisioning.runs.models import Run


def approval_of(run: Run) -> Approval | None:
    """The newest request about this run, with its decisions. No query where there was none."""
    if run.asked_at is None and not run.approved_digest:
        return None
    rows = Approval.objects.about(KIND, run.code).prefetch_related("decisions")
    return rows.order_by("-pk").first()


def approval_answer(run: Run, approval: Approval | None) -> Answer | None:
    """None where the approval is not what stands in the way."""
    if run.superseded:
        return None
    links = []
    if approval is not None:
        url = reverse("approval-detail", args=[approval.code])
        links = [Link(url, "Open the approval", primary=True)]
    if run.state == Run.State.HELD:
        return _held(run, approval, links)
    if run.state in Run.LET_GO_STATES:
        said = [masked_text(run.error), "Nothing was called. It can be replayed."]
        return Answer("run", f"{run.get_state_display()}: this run did nothing", said, links)
    return None


def _held(run: Run, approval: Approval | None, links: list[Link]) -> Answer:
    why = masked_text(run.error)
    if approval is None or approval.state != Approval.State.OPEN:
        said = "A worker is looking at the targets; then the request is made."
        return Answer("hold", "Held: nothing is called before somebody agrees", [why, said])
    more = approval.needed - 1
    people = "one person" if not more else f"{approval.needed} people"
    said = f"It needs the approval of {people}, until {times.stamp(approval.expires_at)}."
    title = "Held: nothing is called before somebody agrees"
    return Answer("hold", title, [why, said], links)
