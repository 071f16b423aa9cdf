"""The report of a plan as rows: each item, what was found, and what came of it."""

from collections.abc import Iterator

from portal.masking import masked_text
from portal.times import iso
from provisioning.plans.models import Plan

HEAD = (
    "Position", "Person", "Person id", "Item", "Class", "Cause", "Why", "Outcome", "New run",
    "State of the new run", "Ended",
)  # fmt: skip


def rows(plan: Plan) -> Iterator[tuple[object, ...]]:
    """The head, then every item in order; read in chunks."""
    yield HEAD
    items = plan.items.order_by("position").select_related("result_run").defer("effect")
    for item in items.iterator(chunk_size=2_000):
        run = item.result_run
        yield (
            item.position,
            masked_text(item.person_login),
            item.person_id,
            item.key,
            item.get_klass_display(),
            item.sub_group,
            masked_text(item.why),
            item.get_state_display(),
            run.code if run else "",
            run.get_state_display() if run else "",
            iso(item.settled_at) if item.settled_at else "",
        )
