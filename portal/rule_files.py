"""Rule files, read from a folder: every problem of every file, or all of them right."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from provisioning.rules.definitions import Definition
from provisioning.rules.lookups import load_checked
from provisioning.rules.problems import DefinitionErrors, Problem

SUFFIXES = (".yaml", ".yml")


class FileProblems(Exception):  # noqa: N818 - it carries all of them, not one
    """What is wrong in these files; nothing of them is used."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        listed = "\n".join(str(problem) for problem in problems)
        super().__init__(f"{listed}\nNothing was changed: {len(problems)} problems.")
        self.problems = tuple(problems)

    def plain(self) -> list[dict[str, Any]]:
        return [asdict(problem) for problem in self.problems]


def read(path: Path) -> list[Definition]:
    """Every rule of a file or folder. Raises FileProblems, and CommandError without any file."""
    definitions: dict[str, tuple[Definition, Path]] = {}
    problems: list[Problem] = []
    for file in _files(path):
        try:
            definition = load_checked(_text(file), str(file))
        except DefinitionErrors as errors:
            problems += errors.problems
            continue
        if definition.name in definitions:
            message = f"{definition.name} is already the name of {definitions[definition.name][1]}."
            problems.append(Problem(str(file), 1, 1, "name", message))
        definitions[definition.name] = (definition, file)
    if problems:
        raise FileProblems(problems)
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
