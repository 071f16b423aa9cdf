"""A rule is turned off, never deleted: what it did stays readable with it."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.urls import get_resolver

from audit.models import Entry
from portal.roles import POLICIES
from provisioning.rules import drafts, versions
from provisioning.rules.models import Rule, RuleVersion
from provisioning.runs.models import Run
from tests.support.factories import COMMAND, current_of, make_event, make_rule
from tests.support.run_factories import make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def rule() -> Rule:
    return make_rule("joiner")


def refused(sql: str, *values: int) -> str:
    """The database's words, also for what it checks only at the end of a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            cursor.execute(sql, values)
    return str(caught.value)


def test_no_page_and_no_method_deletes_a_rule() -> None:
    named = {str(one.name) for one in get_resolver().url_patterns if hasattr(one, "name")}

    assert not {name for name in named if name.startswith("rule") and "delete" in name}
    assert not [name for name, methods in POLICIES.items() if "DELETE" in methods]


def test_a_rule_that_did_something_cannot_be_deleted(rule: Rule) -> None:
    run = make_run(rule, make_event())

    with pytest.raises(ProtectedError):
        rule.delete()
    assert "foreign key" in refused("DELETE FROM provisioning_rule WHERE id = %s", rule.pk)
    assert Run.objects.get(pk=run.pk).rule == rule


def test_nor_can_one_that_did_nothing_yet_or_a_version_of_it(rule: Rule) -> None:
    version = current_of(rule)

    assert "foreign key" in refused("DELETE FROM provisioning_rule WHERE id = %s", rule.pk)
    said = refused("DELETE FROM provisioning_ruleversion WHERE id = %s", version.pk)
    assert "a rule version never changes" in said
    assert RuleVersion.objects.filter(pk=version.pk).exists()


def test_a_rule_that_is_turned_off_keeps_its_runs_and_its_entries(rule: Rule) -> None:
    run = make_run(rule, make_event())
    before = set(Entry.objects.values_list("pk", flat=True))

    versions.switch("joiner", on=False, actor=COMMAND)

    assert Run.objects.filter(pk=run.pk, rule__name="joiner").exists()
    assert before < set(Entry.objects.values_list("pk", flat=True))


def test_a_draft_that_is_discarded_stays_readable(rule: Rule) -> None:
    draft = drafts.start(rule, actor=COMMAND)

    drafts.discard(draft, actor=COMMAND)

    draft.refresh_from_db()
    assert draft.source
    assert Entry.objects.filter(object_kind="draft", object_id=draft.code).count() == 2
