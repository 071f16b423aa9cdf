"""Rules being written: drafts right, wrong and waiting, a backtest, a test case, a lookup table."""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TypeVar

from provisioning.approvals.models import Approval
from provisioning.events.models import Event
from provisioning.rules import backtests, drafts, lookups, publishing, testcases
from provisioning.rules.definitions import load_definition
from provisioning.rules.lookup_entries import Entries
from provisioning.rules.models import Draft, Rule
from tests.browser.stack import MAYA, TOMAS

TABLE = "team_buckets"
NEW_TABLE, SENT_BACK, RETURNED = "cost_centres", "regions", "factor-reset-notice"
OPEN, ASKED, BROKEN = "welcome-mail", "contractor-farewell", "half-written"
T = TypeVar("T")


def tell() -> None:
    """Everything that is being written at Acme."""
    draft = _edited(OPEN, "A warmer welcome")
    backtests.start(draft, days=7, actor=MAYA)
    while backtests.work_due(actor=MAYA):
        pass
    definition = load_definition(draft.definition)
    testcases.keep(_event(), definition, matched=True, hold_calls=True, note="A joiner", actor=MAYA)
    publishing.ask(_edited(ASKED, "Farewell to contractors"), reason="", actor=MAYA)
    broken = drafts.start(None, name=BROKEN, actor=TOMAS)
    source = "name: half-written\nkind: event\non: []\n'<img src=x onerror=alert(1)>': 1\n"
    drafts.save(broken, source=source, seen=broken.seen, actor=TOMAS)
    _publish({"Marketing": "marketing-files", "Design": {"bucket": "art", "tags": ["a"]}})
    _publish({"Marketing": "marketing-files", "Sales": "=HYPERLINK(1)"})
    _proposed({"Marketing": "other-files"})
    _send_back(lookups, _proposed({"Finance": "4711", "Legal": "0815"}, NEW_TABLE))
    _publish({"north": "eu-north-1"}, SENT_BACK)
    _send_back(lookups, _proposed({"north": "eu-north-9"}, SENT_BACK))
    asked = publishing.ask(_edited(RETURNED, "Tell security twice"), reason="", actor=MAYA)
    assert isinstance(asked, Approval)
    _send_back(publishing, asked)


def places(place: Callable[..., T]) -> Iterator[T]:
    """The pages of all that; `place` makes one of a URL's name and arguments."""
    yield place("rule-new")
    yield place("rule-draft", "none", name="badge-photo-folder")
    for label, name in (("open", OPEN), ("asked", ASKED), ("wrong", BROKEN)):
        yield place("rule-draft", label, name=name)
        yield place("rule-draft-ask", label, name=name)
        yield place("rule-draft-try", label, name=name)
        yield place("rule-draft-backtest", label, name=name)
        yield place("rule-tests", label, name=name)
    event = f"event={_event().code}"
    yield place("rule-draft-try", "an event", event, name=OPEN)
    yield place("rule-draft-discard", name=OPEN)
    yield place("rule-test-keep", "", event, name=OPEN)
    for kind in ("rule", "lookup"):
        code = Approval.objects.open().filter(kind=kind).values_list("code", flat=True)[0]
        yield place("approval-detail", kind, code=code)
    yield place("lookup-list", "all")
    yield place("lookup-list", "nothing matches", "q=zzzzzzzz")
    yield place("lookup-new")
    yield place("lookup-detail", name=TABLE)
    yield place("lookup-detail", "new, sent back", name=NEW_TABLE)
    yield place("lookup-detail", "sent back", name=SENT_BACK)
    yield place("lookup-version", name=TABLE, number=2)
    yield place("rule-draft", "sent back", name=RETURNED)
    for approval in Approval.objects.filter(state=Approval.State.CHANGES).order_by("pk"):
        yield place("approval-detail", f"{approval.kind}, sent back", code=approval.code)


def _event() -> Event:
    rows = Event.objects.filter(event_type="user.lifecycle.activate", state="done")
    return rows.order_by("pk")[0]


def _edited(name: str, title: str) -> Draft:
    rule = Rule.objects.select_related("current").get(name=name)
    draft = drafts.start(rule, actor=MAYA)
    definition = {**(draft.definition or {}), "title": title}
    return drafts.save(draft, definition=definition, seen=draft.seen, actor=MAYA)


def _proposed(entries: Entries, table: str = TABLE) -> Approval:
    before = lookups.current(table)
    seen = before.digest if before else ""
    asked = lookups.propose(table, entries, seen=seen, reason="", actor=MAYA)
    assert isinstance(asked, Approval)
    return asked


def _send_back(owner: ModuleType, asked: Approval) -> None:
    owner.decide(
        asked, verdict="changes", digest=asked.digest, reason="Say which team wants this, and why.",
        roles=["approver"], actor=TOMAS,
    )  # fmt: skip


def _publish(entries: Entries, table: str = TABLE) -> None:
    asked = _proposed(entries, table)
    lookups.decide(
        asked, verdict="approve", digest=asked.digest, reason="", roles=["approver"], actor=TOMAS
    )
