"""Nothing changes without a verb: every door is in the table, every verb in use (A01)."""

from pathlib import Path

from audit.verbs import VERBS
from portal import periodic
from portal.audited import AUDITED, NOT_AUDITED
from portal.management.commands import rules as rules_command
from portal.roles import POLICIES
from provisioning.actions.registry import ACTIONS
from provisioning.queueing import ALLOWED
from provisioning.recovery import TASKS

ROOT = Path(__file__).resolve().parents[1]


def doors() -> set[str]:
    """Every way in: pages with their methods, commands, jobs, periodic tasks, actions, the hook."""
    found = {"hook GET", "hook POST", "page refused", "page by a session that is over"}
    found |= {f"page {method} {name}" for name, methods in POLICIES.items() for method in methods}
    for file in (ROOT / "portal" / "management" / "commands").glob("*.py"):
        if file.stem not in {"__init__", "rules"}:
            found.add(f"command {file.stem}")
    parser = rules_command.Command().create_parser("manage.py", "rules")
    choices = next(action.choices for action in parser._actions if action.dest == "verb")
    found |= {f"command rules {verb}" for verb in choices or ()}
    found |= {f"job {name}" for name in ALLOWED}
    found |= {f"periodic {task.name}" for task in (*TASKS, *periodic.TASKS)}
    return found | {f"action {name}" for name in ACTIONS}


def test_every_door_has_verbs_or_a_reason_for_having_none() -> None:
    assert doors() == AUDITED.keys() | NOT_AUDITED.keys()
    assert not AUDITED.keys() & NOT_AUDITED.keys()
    assert all(NOT_AUDITED.values())


def test_every_verb_is_in_the_catalogue_and_told_by_some_door() -> None:
    told = {verb for verbs in AUDITED.values() for verb in verbs}
    assert told == VERBS.keys()


def test_every_verb_of_the_catalogue_is_written_somewhere_in_the_code() -> None:
    code = "\n".join(
        file.read_text()
        for app in ("portal", "provisioning")
        for file in (ROOT / app).rglob("*.py")
        if file.name != "audited.py"
    )
    # run.failed and run.unknown are made from the run's state.
    missing = [verb for verb in VERBS if f'"{verb}"' not in code]
    assert missing == ["run.failed", "run.unknown"]
