"""`rules plan`, `apply`, `export`: all of it or nothing, and errors that name file and line."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from audit.models import Entry
from provisioning.approvals.models import Policy
from provisioning.rules.models import Rule, RuleVersion

pytestmark = pytest.mark.django_db

RULE = """\
name: {name}
kind: event
on: [user.lifecycle.suspend]
do:
  - action: email.send
    with: {{to: it@acme.example, subject: "{subject}", body: Gone.}}
"""


@pytest.fixture(autouse=True)
def one_person(db: None) -> None:
    """A team of one; how a second person is asked is in test_rules_and_approval.py."""
    Policy.objects.create(four_eyes=False)


def rules(*arguments: object) -> str:
    said = io.StringIO()
    call_command("rules", *map(str, arguments), stdout=said)
    return said.getvalue()


def write(folder: Path, name: str = "alert", subject: str = "Hello") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(RULE.format(name=name, subject=subject))
    return path


def test_a_plan_says_what_would_change_and_changes_nothing(tmp_path: Path) -> None:
    said = rules("plan", write(tmp_path))
    assert said == "create   alert as v1\n1 of 1 rules would change.\n"
    assert (Rule.objects.count(), Entry.objects.count()) == (0, 0)


def test_applying_makes_a_rule_and_its_entry(tmp_path: Path) -> None:
    assert "1 of 1 rules changed." in rules("apply", write(tmp_path))
    version = RuleVersion.objects.get()
    assert (version.number, version.rule.name) == (1, "alert")
    entry = Entry.objects.get(verb="rule.created")
    assert (entry.actor_kind, entry.data["version"]) == ("command", 1)


def test_applying_the_same_again_changes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path)
    rules("apply", path)
    assert rules("apply", path) == "same     alert\n0 of 1 rules changed.\n"
    assert RuleVersion.objects.count() == 1


def test_a_changed_definition_is_a_new_version_and_the_old_one_stays(tmp_path: Path) -> None:
    rules("apply", write(tmp_path))
    assert "change   alert as v2" in rules("apply", write(tmp_path, subject="Goodbye"))
    assert [v.number for v in RuleVersion.objects.order_by("number")] == [1, 2]
    assert "Hello" in RuleVersion.objects.get(number=1).source
    assert Rule.objects.get().current == RuleVersion.objects.get(number=2)


def test_one_bad_file_of_a_folder_means_that_none_is_applied(tmp_path: Path) -> None:
    write(tmp_path)
    bad = tmp_path / "bad.yaml"
    bad.write_text(RULE.format(name="bad", subject="x").replace("email.send", "email.sent"))
    with pytest.raises(CommandError) as caught:
        rules("apply", tmp_path)
    said = str(caught.value)
    assert said.startswith(f"{bad}:5:")
    assert "email.send" in said
    assert "Nothing was changed" in said
    assert Rule.objects.count() == 0


def test_two_files_with_one_name_are_refused(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "again.yml").write_text(RULE.format(name="alert", subject="x"))
    with pytest.raises(CommandError, match="already the name of"):
        rules("apply", tmp_path)


@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_a_path_that_is_not_there_is_said(tmp_path: Path, verb: str) -> None:
    with pytest.raises(CommandError, match="neither a file nor a folder"):
        rules(verb, tmp_path / "nowhere")


def test_an_empty_folder_and_a_file_that_is_no_text_are_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="holds no file that ends in"):
        rules("apply", tmp_path)
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CommandError, match="cannot be read"):
        rules("apply", tmp_path)


def test_what_is_exported_applies_without_a_change(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path, name)
    rules("apply", tmp_path)
    out = tmp_path / "out"
    assert rules("export", out) == f"2 rules written to {out}.\n"
    assert sorted(path.name for path in out.iterdir()) == ["one.yaml", "two.yaml"]
    assert "0 of 2 rules changed." in rules("apply", out)
    assert rules("export").count("kind: event") == 2


def test_conditions_that_can_never_hold_are_noted(tmp_path: Path) -> None:
    check = "{field: user.profile.department, op: equals, value: %s}"
    never = f"when: {{all: [{check % 'A'}, {{any: [{check % 'A'}, {check % 'B'}]}}]}}\n"
    path = write(tmp_path)
    path.write_text(path.read_text() + never)

    said = rules("plan", path)

    assert (
        "         note: when.all[1].any[1]: This part of “at least one of these” can never hold: "
        "“Department is A” (when.all[0]) and “Department is B” (when.all[1].any[1]) never hold"
    ) in said
    (line,) = json.loads(rules("plan", path, "--json"))["rules"]
    assert len(line["notes"]) == 1
