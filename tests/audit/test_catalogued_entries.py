"""Each thing that happens writes the entries of the catalogue and no others (A02)."""

from collections import Counter

from audit.models import Entry
from provisioning.runs import replays
from provisioning.runs.models import Run
from tests.support.world import TESTER, World, apply_example
from tests.support.worlds import session_sandbox, world

__all__ = ["session_sandbox", "world"]


def entries_since(last: int) -> tuple[Counter[str], int]:
    found = list(Entry.objects.filter(id__gt=last).order_by("id").values_list("id", "verb"))
    return Counter(verb for _, verb in found), found[-1][0] if found else last


def test_the_whole_way_writes_exactly_these_entries(world: World) -> None:
    apply_example("marketing-s3-folder")
    told, last = entries_since(0)
    assert told == {"rule.created": 1}

    world.listen("user.account.update_profile")
    told, last = entries_since(last)
    assert told == {"delivery.verified": 1}

    maya = world.client.find_user("maya.lindqvist@acme.example")["id"]
    world.client.delete_bucket("team-folders")
    world.client.update_user(maya, department="Marketing")
    world.arrived(1)
    told, last = entries_since(last)
    assert told == {"delivery.accepted": 1}

    world.drain()
    told, last = entries_since(last)
    assert told == {"event.scheduled": 1, "step.intended": 1, "step.failed": 1, "run.failed": 1}

    world.client.create_bucket("team-folders")
    replays.replay(Run.objects.get(), actor=TESTER)
    told, last = entries_since(last)
    assert told == {"run.replayed": 1}

    world.drain()
    told, last = entries_since(last)
    assert told == {"step.intended": 2, "step.done": 2, "run.succeeded": 1}
