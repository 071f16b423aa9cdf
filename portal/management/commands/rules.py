"""`rules plan|apply|export`: rules as files, for review and version control."""

from collections.abc import Sequence
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.commanding import command_actor
from provisioning.actions.registry import ACTIONS
from provisioning.approvals import policy
from provisioning.rules import versions
from provisioning.rules.definitions import Definition, load_rule
from provisioning.rules.models import Rule
from provisioning.rules.problems import DefinitionErrors

SUFFIXES = (".yaml", ".yml")


class Command(BaseCommand):
    help = "Show what rule files would change, apply them, or write the current rules as files."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        for verb, says in (
            ("plan", "show what apply would change; change nothing"),
            ("apply", "make new rules and new versions, all of them or none"),
        ):
            reader = verbs.add_parser(verb, help=says)
            reader.add_argument("path", type=Path, help="a YAML file, or a folder of them")
        writer = verbs.add_parser("export", help="write the current version of each rule")
        writer.add_argument("path", type=Path, nargs="?", help="a folder; standard output if none")

    def handle(self, *, verb: str, path: Path | None, **_options: object) -> None:
        if verb == "export":
            self._export(path)
            return
        definitions = read(path or Path())
        if verb == "plan":
            self._say(versions.plan(definitions), done=False)
        else:
            self._say(versions.apply(definitions, actor=command_actor()), done=True)

    def _say(self, changes: Sequence[versions.Change], *, done: bool) -> None:
        for change in changes:
            number = change.before.number if change.before else 0
            next_version = f" as v{number + 1}" if change.kind in ("create", "change") else ""
            self.stdout.write(f"{change.kind:<8} {change.name}{next_version}")
        count = sum(change.changes_anything for change in changes)
        verb = "changed" if done else "would change"
        self.stdout.write(f"{count} of {len(changes)} rules {verb}.")

    def _export(self, folder: Path | None) -> None:
        rules = Rule.objects.filter(current__isnull=False).select_related("current")
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


def read(path: Path) -> list[Definition]:
    """Every rule of a file or folder. Raises CommandError naming every problem of every file."""
    definitions: dict[str, tuple[Definition, Path]] = {}
    problems: list[str] = []
    for file in _files(path):
        try:
            definition = load_rule(_text(file), str(file), actions=ACTIONS)
        except DefinitionErrors as errors:
            problems += [str(problem) for problem in errors.problems]
            continue
        if definition.name in definitions:
            other = definitions[definition.name][1]
            problems.append(f"{file}:1: name: {definition.name} is already the name of {other}.")
        definitions[definition.name] = (definition, file)
    if problems:
        listed = "\n".join(problems)
        raise CommandError(f"{listed}\nNothing was changed: {len(problems)} problems.")
    return [definition for definition, _ in definitions.values()]


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix in SUFFIXES)
        if not files:
            raise CommandError(f"{path} holds no file that ends in .yaml or .yml.")
        return files
    if path.is_file():
        return [path]
    raise CommandError(f"{path} is neither a file nor a folder.")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read: {error}.") from None
