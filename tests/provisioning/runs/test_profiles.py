"""Changes of a profile: Okta sends no old values, so the profile before is the one kept."""

from typing import Any

import pytest

from provisioning.events.models import Event, EventProfile, Person
from provisioning.runs.models import Run
from tests.support.actions import Shelf
from tests.support.engine import drain, make_due, rule, step
from tests.support.world import World

MAYA = "maya.lindqvist@acme.example"
TYPES = ("user.lifecycle.create", "user.account.update_profile")
DEPARTMENT = "user.profile.department"


def listen(world: World, **condition: Any) -> None:
    rule(
        "one",
        step("test.put", "{{ user.profile.login }}", "{{ user.profile.department }}"),
        on=list(TYPES),
        when={"field": DEPARTMENT, **condition},
    )
    world.listen(*TYPES)


def change(world: World, **profile: Any) -> None:
    """Change Maya's profile in Okta and let everything that follows happen."""
    before = Event.objects.count()
    world.client.update_user(MAYA, **profile)
    world.arrived(before + 1)
    drain()


def department(user: dict[str, Any] | None) -> str:
    assert user is not None
    return str(user["profile"]["department"])


def runs() -> int:
    return Run.objects.count()


@pytest.fixture
def known(world: World, shelf: Shelf) -> World:
    """A world in which Maya's profile was read before: she is in Sales."""
    listen(world, op="changed")
    change(world, title="Seller")
    Run.objects.update(superseded=True)
    return world


def test_a_changed_attribute_is_seen_without_old_values_from_okta(known: World) -> None:
    before = runs()
    change(known, department="Marketing")
    assert runs() == before + 1
    kept = EventProfile.objects.latest("pk")
    assert (department(kept.previous), department(kept.user)) == ("Sales", "Marketing")


def test_a_second_edit_of_something_else_does_nothing(known: World) -> None:
    change(known, department="Marketing")
    before = runs()
    change(known, title="Lead")
    assert runs() == before
    assert Event.objects.latest("id").state == "no_match"
    person = Person.objects.get()
    assert person.user is not None
    assert (person.user["profile"]["title"], person.login) == ("Lead", MAYA)
    assert department(person.previous) == "Marketing"


@pytest.mark.parametrize(
    ("condition", "matches"),
    [
        ({"op": "changed_from", "value": "Sales"}, True),
        ({"op": "changed_from", "value": "Legal"}, False),
        ({"op": "changed_to", "value": "Marketing"}, True),
        ({"op": "changed_to", "value": "Sales"}, False),
    ],
)
def test_changed_from_and_changed_to_compare_both_sides(
    known: World, condition: dict[str, str], matches: bool
) -> None:
    rule("two", step("test.put", "b"), on=list(TYPES), when={"field": DEPARTMENT, **condition})
    change(known, department="Marketing")
    assert Run.objects.filter(rule__name="two").exists() is matches


def test_a_new_person_counts_as_changed(world: World, shelf: Shelf) -> None:
    listen(world, op="changed_to", value="Marketing")
    profile = {"login": "new@acme.example", "email": "new@acme.example", "firstName": "New"}
    world.client.create_user({**profile, "lastName": "One", "department": "Marketing"})
    world.arrived(1)
    drain()
    assert EventProfile.objects.get(event__event_type="user.lifecycle.create").person_is_new
    assert shelf.items == {"new@acme.example": "Marketing"}


def test_events_that_come_in_the_wrong_order_end_in_what_okta_says(known: World) -> None:
    """Level, not edge: two edits are matched after both happened; the state of now counts."""
    events = Event.objects.count()
    known.client.update_user(MAYA, department="Marketing")
    known.client.update_user(MAYA, department="Legal")
    known.arrived(events + 2)
    before = runs()
    drain()
    assert runs() == before + 1
    assert department(Person.objects.get().user) == "Legal"


def test_okta_away_puts_the_event_back_with_the_reason(known: World, shelf: Shelf) -> None:
    known.client.add_fault("okta", "get_user", times=1, status=503)
    change(known, department="Marketing")
    event = Event.objects.latest("id")
    assert (event.state, bool(event.error)) == ("received", True)
    make_due()
    drain()
    event.refresh_from_db()
    assert (event.state, event.error) == ("done", "")
    assert shelf.items[MAYA] == "Marketing"


def test_a_refused_token_is_said_in_plain_words(known: World) -> None:
    known.client.add_fault("okta", "get_user", times=1, status=401, code="E0000011")
    change(known, department="Marketing")
    event = Event.objects.latest("id")
    assert event.state == "received"
    assert "token" in event.error.lower()
    make_due()
    drain()
    event.refresh_from_db()
    assert event.state == "done"


def test_okta_failing_for_one_person_stops_nobody_else(known: World, shelf: Shelf) -> None:
    """One call each: a dead Okta is not asked again for every event of a batch."""
    other = next(u for u in known.client.list_users() if u["profile"]["login"] != MAYA)
    maya = known.client.find_user(MAYA)
    known.client.add_fault("okta", "get_user", times=0, status=503, match={"user": maya["id"]})
    before = Event.objects.count()
    known.client.update_user(MAYA, department="Marketing")
    known.client.update_user(other["id"], department="Marketing")
    known.arrived(before + 2)
    drain()
    assert Run.objects.latest("id").person_id == other["id"]
    assert Event.objects.get(person_id=maya["id"], state="received").error
