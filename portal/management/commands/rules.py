"""`rules plan|apply|export`: rules as files, for review and version control."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.trail import Actor
from portal.commanding import command_actor
from portal.rule_files import FileProblems, read
from provisioning.approvals import policy
from provisioning.rules import delivering, versions
from provisioning.rules.definitions import Definition
from provisioning.rules.delivering import Delivered, Review
from provisioning.rules.drafts import DraftRefused
from provisioning.rules.models import Rule
from provisioning.rules.reachability import notes
from provisioning.rules.risks import risk_of

#: Nothing went wrong, and something waits for somebody else to agree.
WAITING = 3


class Command(BaseCommand):
    help = "Show what rule files would change, apply them, or write the current rules as files."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        plan = verbs.add_parser("plan", help="show what apply would change; change nothing")
        apply = verbs.add_parser(
            "apply",
            help="make new versions, or ask for approval of them; all of them or none. Exit code "
            "3: something waits for approval",
        )
        export = verbs.add_parser("export", help="write the current version of each rule")
        for one in (plan, apply):
            one.add_argument("path", type=Path, help="a YAML file, or a folder of them")
        export.add_argument("path", type=Path, nargs="?", help="a folder; standard output if none")
        apply.add_argument("--reviewed-by", default="", help="who agreed to these files elsewhere")
        apply.add_argument("--review-url", default="", help="where that review can be read")
        for one in (plan, apply, export):
            one.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *, verb: str, path: Path | None, **options: Any) -> None:
        as_json = bool(options["json"])
        if verb == "export":
            try:
                self._export(path, as_json)
            except OSError as error:
                raise CommandError(f"The rules cannot be written: {error}.") from None
            return
        try:
            definitions = read(path or Path())
        except FileProblems as problems:
            if as_json:
                self._json({"problems": problems.plain()})
                sys.exit(1)
            raise CommandError(str(problems)) from None
        if verb == "plan":
            self._say([Delivered(one) for one in versions.plan(definitions)], False, as_json)
            return
        delivered = self._apply(definitions, options)
        self._say(delivered, True, as_json)
        if any(one.approval for one in delivered):
            sys.exit(WAITING)

    def _apply(self, definitions: Sequence[Definition], options: dict[str, Any]) -> list[Delivered]:
        review = _review(options["reviewed_by"].strip(), options["review_url"].strip())
        try:
            if review is not None:
                return delivering.deliver_reviewed(definitions, review, actor=_publisher())
            return delivering.deliver(definitions, actor=command_actor())
        except DraftRefused as refused:
            raise CommandError(f"{refused} Nothing was changed.") from None

    def _say(self, delivered: Sequence[Delivered], done: bool, as_json: bool) -> None:
        lines = [_line(one, done=done) for one in delivered]
        waiting = sum(line["waits"] for line in lines)
        count = sum(one.change.changes_anything for one in delivered)
        if done:
            count -= waiting
        if as_json:
            self._json({"rules": lines, "changed": count, "waiting": waiting})
            return
        for line in lines:
            version = f" as v{line['version']}" if line["action"] in ("create", "change") else ""
            self.stdout.write(f"{line['action']:<8} {line['name']}{version}{_waits(line)}")
            for note in line["notes"]:
                self.stdout.write(f"         note: {note}")
        verb = "changed" if done else "would change"
        self.stdout.write(f"{count} of {len(lines)} rules {verb}.")
        if waiting and done:
            self.stdout.write(f"{waiting} waiting for approval by somebody else; see Approvals.")

    def _export(self, folder: Path | None, as_json: bool) -> None:
        rules = Rule.objects.filter(current__isnull=False).select_related("current")
        if as_json:
            self._json({"rules": [_exported(rule) for rule in rules.order_by("name")]})
            return
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        off = policy.off_below(policy.current())
        head = f"# {off}.\n" if off else ""
        for number, rule in enumerate(rules.order_by("name")):
            source = head + (rule.current.source if rule.current else "")
            if folder is None:
                self.stdout.write(("---\n" if number else "") + source, ending="")
            else:
                (folder / f"{rule.name}.yaml").write_text(source, encoding="utf-8")
        if folder is not None:
            self.stdout.write(f"{rules.count()} rules written to {folder}.")

    def _json(self, value: object) -> None:
        self.stdout.write(json.dumps(value, indent=2, ensure_ascii=False))


def _line(one: Delivered, *, done: bool) -> dict[str, Any]:
    change = one.change
    waits = one.approval is not None if done else delivering.needs_approval(change)
    new = change.kind in ("create", "change")
    return {
        "name": change.name,
        "action": change.kind,
        "version": (change.before.number if change.before else 0) + int(new),
        "digest": change.definition.digest(),
        "risk": risk_of(change.definition).value,
        "waits": waits,
        "approval": one.approval.code if one.approval else None,
        "notes": notes(change.definition.canonical().get("when")),
    }


def _waits(line: dict[str, Any]) -> str:
    if not line["waits"]:
        return ""
    return f", asked for: {line['approval']}" if line["approval"] else ", after approval"


def _exported(rule: Rule) -> dict[str, Any]:
    version = rule.current
    if version is None:
        return {"name": rule.name}
    return {"name": rule.name, "version": version.number, "digest": version.digest,
            "enabled": rule.enabled, "definition": version.definition}  # fmt: skip


def _review(by: str, url: str) -> Review | None:
    """Raises CommandError where a review is named that cannot count."""
    if not by and not url:
        return None
    if not by or not url.startswith("https://"):
        raise CommandError("Give both: --reviewed-by LOGIN and --review-url https://…")
    if not settings.RULES_PUBLISHER:
        raise CommandError(
            "No review elsewhere counts here: RULES_PUBLISHER is not set. Without --reviewed-by "
            "and --review-url the files are put up for approval."
        )
    return Review(by, url)


def _publisher() -> Actor:
    """The identity of continuous delivery; `RULES_PUBLISHER` names it."""
    at = command_actor()
    return Actor("publisher", settings.RULES_PUBLISHER, settings.RULES_PUBLISHER, at.source)
