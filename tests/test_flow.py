"""The main job from end to end: a profile changes in Okta, a folder appears, a mail is sent."""

from audit.models import Entry
from provisioning.events.models import Event
from provisioning.runs.models import Run, Step
from provisioning.status import balance
from tests.support.world import World, apply_example
from tests.support.worlds import session_sandbox, world

__all__ = ["session_sandbox", "world"]

TYPES = ("user.lifecycle.create", "user.account.update_profile")


def test_a_move_to_marketing_makes_a_folder_and_sends_one_mail(world: World) -> None:
    apply_example("marketing-s3-folder")
    world.listen(*TYPES)
    maya = world.client.find_user("maya.lindqvist@acme.example")
    world.client.update_user(maya["id"], department="Marketing")
    world.arrived(1)
    world.drain()
    run = Run.objects.get()
    assert (run.state, run.error) == ("succeeded", "")
    assert [step.state for step in Step.objects.order_by("position")] == ["succeeded", "succeeded"]
    keys = [found["key"] for found in world.client.list_objects()["team-folders"]]
    assert keys == ["marketing-Maya Lindqvist/"]
    assert [mail["to"] for mail in world.client.list_mails()] == ["maya.lindqvist@acme.example"]
    assert Event.objects.get().state == "done"
    assert balance().holds
    verbs = set(Entry.objects.values_list("verb", flat=True))
    assert {"event.scheduled", "step.intended", "step.done", "run.succeeded"} <= verbs
