"""Measuring in turns, and saying what came of it in a table."""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Line:
    """One figure. `holds` is None where there is no goal."""

    name: str
    value: str
    goal: str = ""
    holds: bool | None = None


def in_turn(repeats: int, parts: Mapping[str, Callable[[], T]]) -> dict[str, list[T]]:
    """Each part once, then each again, `repeats` times: A B A B A B. What slows the machine for
    a while slows all of them."""
    found: dict[str, list[T]] = {name: [] for name in parts}
    for number in range(repeats):
        for name, part in parts.items():
            found[name].append(part())
            say(f"  round {number + 1} of {repeats}, {name}: {found[name][-1]}")
    return found


def ratios(ours: Sequence[float], baseline: Sequence[float]) -> list[float]:
    """Round by round, so that each is taken within a few seconds."""
    return [one / other for one, other in zip(ours, baseline, strict=True)]


def at_least(name: str, found: Sequence[float], goal: float) -> Line:
    middle = median(found)
    return Line(name, _range(found), f">= {goal:g}", middle >= goal)


def at_most(name: str, found: Sequence[float], goal: float, unit: str = "") -> Line:
    middle = median(found)
    return Line(name, _range(found) + unit, f"<= {goal:g}{unit}", middle <= goal)


def noted(name: str, found: Sequence[float], unit: str = "") -> Line:
    return Line(name, _range(found) + unit)


def _range(found: Sequence[float]) -> str:
    """The median, and the lowest and highest."""
    return f"{_number(median(found))} [{_number(min(found))}–{_number(max(found))}]"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(title: str, lines: Sequence[Line]) -> str:
    """Markdown."""
    words = {True: "met", False: "**missed**", None: ""}
    rows = [f"| {one.name} | {one.value} | {one.goal} | {words[one.holds]} |" for one in lines]
    head = ["| figure | median [lowest–highest] | goal | |", "|---|---|---|---|"]
    return "\n".join([f"### {title}", "", machine(), "", *head, *rows])


def machine() -> str:
    """What it was measured on, in one sentence."""
    model = next(iter(_fields("/proc/cpuinfo", "model name")), platform.machine())
    memory = next(iter(_fields("/proc/meminfo", "MemTotal")), "0 kB")
    gigabytes = int(memory.split()[0]) / 2**20
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores ({model}), "
        f"{gigabytes:.0f} GiB, Python {platform.python_version()}, load {load:.1f} at the end."
    )


def _fields(path: str, name: str) -> list[str]:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return []
    return [line.partition(":")[2].strip() for line in lines if line.startswith(name)]


def say(text: str) -> None:
    """Progress, beside the table."""
    print(text, file=sys.stderr, flush=True)


def options(description: str, *, repeats: int = 3) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--repeats", type=int, default=repeats, help="rounds of A B; default 3")
    return parser


def finish(title: str, lines: Sequence[Line]) -> int:
    """Print the table; the exit code is 0 however the goals were met: figures are no test."""
    print(table(title, lines), flush=True)
    return 0
