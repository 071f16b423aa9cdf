"""An auditor holds no other role: refused by the service and by the database (S24)."""

import psycopg
import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction

from audit.models import Entry
from portal.accounts.granting import RolesRefusedError, set_roles
from portal.models import User
from portal.roles import Role
from tests.conftest import LiveDatabase
from tests.portal.accounts.support import person
from tests.support.factories import COMMAND

GIVE = "INSERT INTO portal_user_groups (user_id, group_id) VALUES (%s, %s)"


def group(role: Role) -> Group:
    return Group.objects.get_or_create(name=role.value)[0]


@pytest.mark.django_db
@pytest.mark.parametrize("other", [Role.ADMIN, Role.OPERATOR, Role.APPROVER])
def test_raw_sql_as_the_application_cannot_give_an_auditor_a_second_role(other: Role) -> None:
    user = person(role=Role.AUDITOR)
    with (
        pytest.raises(IntegrityError, match="an auditor holds no other role"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(GIVE, [user.pk, group(other).pk])
    assert [found.name for found in user.groups.all()] == ["auditor"]


@pytest.mark.django_db
def test_nor_make_an_auditor_of_somebody_with_a_role() -> None:
    user = person(role=Role.OPERATOR)
    with pytest.raises(IntegrityError, match="no other role"), transaction.atomic():
        user.groups.add(group(Role.AUDITOR))


@pytest.mark.django_db
def test_nor_by_giving_a_group_the_name_of_a_role_or_a_role_another() -> None:
    user = person(role=Role.AUDITOR)
    lunch = Group.objects.create(name="lunch")
    user.groups.add(lunch)
    for pk, name in ((lunch.pk, "admin"), (group(Role.AUDITOR).pk, "somebody")):
        with pytest.raises(IntegrityError, match="keeps its name"), transaction.atomic():
            Group.objects.filter(pk=pk).update(name=name)
    Group.objects.filter(pk=lunch.pk).update(name="dinner")


@pytest.mark.django_db
def test_the_service_refuses_it_with_a_sentence_and_changes_nothing() -> None:
    user = person(role=Role.AUDITOR)
    with pytest.raises(RolesRefusedError, match="An auditor holds no other role, but admin was"):
        set_roles(user, {Role.AUDITOR, Role.ADMIN}, actor=COMMAND)
    assert [found.name for found in user.groups.all()] == ["auditor"]


@pytest.mark.django_db
def test_changing_from_one_to_the_other_is_possible_and_told() -> None:
    user = person(role=Role.OPERATOR)
    assert set_roles(user, {Role.AUDITOR}, actor=COMMAND)
    assert not set_roles(user, {Role.AUDITOR}, actor=COMMAND)
    assert [found.name for found in user.groups.all()] == ["auditor"]
    entry = Entry.objects.get(verb="user.roles_changed")
    assert entry.data == {"before": ["operator"], "after": ["auditor"]}


def test_two_that_give_a_role_each_at_the_same_time_do_not_both_succeed(
    live_db: LiveDatabase,
) -> None:
    user = User.objects.create(username="maya")
    auditor, admin = group(Role.AUDITOR).pk, group(Role.ADMIN).pk
    with psycopg.connect(live_db.app_url) as one, psycopg.connect(live_db.app_url) as two:
        one.execute(GIVE, [user.pk, auditor])
        two.execute("SET lock_timeout = '300ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            two.execute(GIVE, [user.pk, admin])
        two.rollback()
        one.commit()
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
            two.execute(GIVE, [user.pk, admin])
