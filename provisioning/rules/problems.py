"""What is wrong with a rule, where, and what was expected instead."""

from collections.abc import Sequence
from dataclasses import dataclass

Path = tuple[str | int, ...]


def path_text(path: Path) -> str:
    """`("do", 1, "with", "to")` as `do[1].with.to`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem by its path inside the definition; no file is known yet."""

    path: Path
    message: str
    expected: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem in a file. `line` and `column` count from 1; `path` is like `do[1].with.to`."""

    file: str
    line: int
    column: int
    path: str
    message: str
    expected: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        path = f" {self.path}:" if self.path else ""
        expected = f" Expected {self.expected}." if self.expected else ""
        return f"{where}:{path} {self.message}{expected}"


class DefinitionErrors(Exception):  # noqa: N818 - it carries all of them, not one
    """A rule cannot be loaded. `problems` is every problem found, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
