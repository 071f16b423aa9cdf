"""Lookup tables: pure in templates, immutable versions, agreed to by others."""

import csv
import io
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from audit.models import Entry
from audit.trail import Actor
from provisioning.approvals import policy
from provisioning.approvals.models import Approval
from provisioning.approvals.requests import CannotDecide
from provisioning.rules import drafts, lookup_csv, lookups
from provisioning.rules.lookup_entries import LookupRefused, check_entries
from provisioning.rules.lookup_models import LookupVersion
from provisioning.rules.templating import TemplateProblem, render
from tests.support.factories import COMMAND, make_rule

MAYA = Actor("user", "U-MAYA", "maya", "198.51.100.7")
OLE = Actor("user", "U-OLE", "ole", "198.51.100.8")
TOM = Actor("user", "U-TOM", "tom", "198.51.100.9")
BUCKETS = {"Sales": "sales-files", "Design": {"bucket": "art", "tags": ["a", "b"]}}
USES = """\
name: folder
kind: event
on: [user.lifecycle.create]
do:
  - action: email.send
    with: {to: it@acme.example, subject: Hello, body: '{{ user.id | lookup: "team_buckets" }}'}
"""


def proposed(entries: Any, name: str = "team_buckets", actor: Actor = MAYA) -> Approval:
    before = lookups.current(name)
    seen = before.digest if before else ""
    asked = lookups.propose(name, entries, seen=seen, reason="", actor=actor)
    assert isinstance(asked, Approval)
    return asked


def decided(approval: Approval, who: Actor = TOM) -> Approval:
    return lookups.decide(approval, verdict="approve", digest=approval.digest, reason="",
                          roles=["approver"], actor=who).approval  # fmt: skip


def published(entries: Any, name: str = "team_buckets") -> LookupVersion:
    decided(proposed(entries, name))
    version = lookups.current(name)
    assert version is not None
    return version


def filled(template: str, department: str = "Sales") -> Any:
    names: dict[str, Any] = {
        "user": {"profile": {"department": department}}, "lookups": {"team_buckets": BUCKETS},
    }  # fmt: skip
    return render(template, names)


def test_a_template_reads_the_table_it_is_given() -> None:
    assert filled('{{ user.profile.department | lookup: "team_buckets" }}/x') == "sales-files/x"
    whole = filled('{{ user.profile.department | lookup: "team_buckets" }}', "Design")
    assert whole == {"bucket": "art", "tags": ["a", "b"]}


def test_what_is_said_of_a_missing_key_can_be_stored() -> None:
    with pytest.raises(TemplateProblem) as caught:
        filled('{{ user.profile.department | lookup: "team_buckets" }}', "Le\x00gal\ud800")
    assert "“Le\ufffdgal?”" in caught.value.message


def test_a_missing_key_names_the_table_unless_something_stands_for_it() -> None:
    with pytest.raises(TemplateProblem, match="The table `team_buckets` has no entry for “Legal”"):
        filled('{{ user.profile.department | lookup: "team_buckets" }}', "Legal")
    instead = '{{ user.profile.department | lookup: "team_buckets", "other" }}'
    assert filled(instead, "Legal") == "other"


@pytest.mark.parametrize(
    "template", ["{{ lookups.team_buckets }}", "{{ user.id | lookup: user.id }}"]
)
def test_tables_are_read_by_the_filter_and_by_a_name_in_quotes_only(template: str) -> None:
    with pytest.raises(TemplateProblem):
        filled(template)


def test_a_rule_that_reads_a_table_that_is_not_there_is_wrong_where_it_says_so(db: None) -> None:
    draft = drafts.start(None, name="folder", actor=MAYA)
    draft = drafts.save(draft, source=USES, seen=draft.seen, actor=MAYA)
    (problem,) = draft.problems
    assert problem["message"] == "There is no lookup table `team_buckets`."
    assert (problem["line"], problem["path"]) == (6, "do[0].with.body")
    published(BUCKETS)
    assert drafts.check_source(USES, "folder").problems == []


def test_another_person_agrees_and_the_version_is_immutable(db: None) -> None:
    approval = proposed(BUCKETS)
    with pytest.raises(CannotDecide):
        decided(approval, MAYA)
    assert decided(approval).state == "approved"
    version = lookups.current("team_buckets")
    assert version is not None
    assert (version.number, version.author, version.entries) == (1, "maya", BUCKETS)
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        LookupVersion.objects.update(entries={})
    assert Entry.objects.get(verb="lookup.created").data["approved_by"] == ["user:U-TOM"]


def test_another_version_meanwhile_ends_the_request(db: None) -> None:
    """S27."""
    published(BUCKETS)
    approval = proposed({"Sales": "x"})
    policy.change(four_eyes=False, needed_from="high", actor=COMMAND)
    before = lookups.current("team_buckets")
    assert before is not None
    Approval.objects.filter(pk=approval.pk).update(requester="maya")
    lookups._publish("team_buckets", {"Sales": "y"}, ("ole", "o"), {}, actor=OLE)
    assert decided(approval).state == "void"
    now = lookups.current("team_buckets")
    assert now is not None
    assert now.entries == {"Sales": "y"}


def test_what_was_not_seen_is_not_written_over(db: None) -> None:
    published(BUCKETS)
    with pytest.raises(LookupRefused, match="Another version came out"):
        lookups.propose("team_buckets", {"a": "b"}, seen="", reason="", actor=MAYA)
    proposed({"a": "b"})
    with pytest.raises(LookupRefused, match="maya has asked for another change"):
        proposed({"c": "d"}, actor=OLE)


def test_without_the_policy_one_person_publishes(db: None) -> None:
    policy.change(four_eyes=False, needed_from="high", actor=COMMAND)
    made = lookups.propose("team_buckets", BUCKETS, seen="", reason="", actor=MAYA)
    assert isinstance(made, LookupVersion)
    assert Entry.objects.get(verb="lookup.created").data["four_eyes"] is False


def test_the_risk_is_that_of_the_rules_that_read_it(db: None) -> None:
    published(BUCKETS)
    make_rule("folder", USES)
    approval = proposed({"Sales": "x"})
    assert (approval.content["used_by"], approval.risk) == (["folder"], "low")
    assert approval.content["changes"] == {"added": [], "removed": ["Design"], "changed": ["Sales"]}


@pytest.mark.parametrize(
    "entries",
    [{}, {"": "x"}, {"a": 1}, {"a": None}, {"a": {"b": {"c": "d"}}}, {"a": ["x"]}, {"k" * 301: "x"},
     {"a": "x" * 4_001}, {str(n): "x" for n in range(5_001)}],
)  # fmt: skip
def test_entries_that_cannot_be_are_refused(entries: Any) -> None:
    with pytest.raises(LookupRefused):
        check_entries(entries)


HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "'=1", "''", 'a"b',
           "a\nb", "a,b;c", " x "]  # fmt: skip


def test_no_cell_is_a_formula_and_reading_gives_the_original() -> None:
    """S35."""
    entries: dict[str, Any] = {cell: cell for cell in HOSTILE}
    entries["object"] = {"bucket": "=x", "tags": ["-1"]}
    text = lookup_csv.write(entries)
    assert lookup_csv.read(text.encode()) == entries
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert not [cell for cell in cells if cell and cell[0] in "=+-@\t\r\n＝"]
    assert "'=1+1" in cells


CELLS = st.text(alphabet="=+-@\t\r\n＝＠'\"a, ;é", max_size=6)


@given(st.dictionaries(CELLS, CELLS, max_size=4))
def test_any_text_survives_the_way_to_a_spreadsheet_and_back(entries: dict[str, str]) -> None:
    """S35."""
    kept = {key: value for key, value in entries.items() if key or value}
    assert lookup_csv.read(lookup_csv.write(kept).encode()) == kept


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Line 1: the columns are"),
        ("name,value\n", "Line 1: the columns are"),
        ("key,value\na,b\na,c\n", "Line 3: “a” is there twice"),
        ("key,value\na\n", "Line 2: 2 cells"),
        ("key,value,json\na,,[1]\n", "Line 2: the column json holds an object"),
        ("key,value,json\na,,{\n", "Line 2: the column json holds no JSON"),
        ('key,value\n"a,b\n', "this is not CSV"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(text: str, says: str) -> None:
    with pytest.raises(LookupRefused, match=says):
        lookup_csv.read(text.encode())


def test_a_file_that_is_no_text_is_refused() -> None:
    with pytest.raises(LookupRefused, match="not UTF-8"):
        lookup_csv.read(b"key,value\n\xff\xfe,x\n")
