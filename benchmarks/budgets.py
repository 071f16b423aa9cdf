"""What a page may cost, what it was measured to cost, and the table of both."""

from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

from benchmarks.figures import Line, finish

#: Milliseconds and queries of a page.
GOALS = {"list": (150, 8), "detail": (120, 12), "overview": (250, 15)}
MOST_ELEMENTS, MOST_BYTES = 1_500, 150_000


@dataclass(frozen=True, slots=True)
class Measured:
    """One address: the 95th percentile and the median CPU time in milliseconds, how many queries it
    takes, and the elements and bytes of its HTML."""

    kind: str
    page: str
    what: str
    url: str
    p95: float
    cpu: float
    queries: int
    elements: int
    size: int

    @property
    def good(self) -> bool:
        milliseconds, queries = GOALS[self.kind]
        return self.p95 <= milliseconds and self.queries <= queries and self.light

    @property
    def light(self) -> bool:
        """Small enough; only lists have a goal for it."""
        small = self.elements <= MOST_ELEMENTS and self.size <= MOST_BYTES
        return small or self.kind != "list"


class _Counter(HTMLParser):
    elements = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.elements += 1


def elements_of(html: str) -> int:
    counter = _Counter()
    counter.feed(html)
    return counter.elements


def report(found: Sequence[Measured]) -> int:
    """Every address, then the worst of each kind against its goal."""
    print(
        "| page | what | p95 ms | CPU ms | queries | elements | kB | |", f"|{'---|' * 8}", sep="\n"
    )
    for one in found:
        times = f"{one.p95:.0f} | {one.cpu:.0f} | {one.queries}"
        weight = f"{one.elements} | {one.size / 1000:.0f}"
        mark = "" if one.good else "**over**"
        print(f"| {one.page} | {one.what} | {times} | {weight} | {mark} |")
    lines = []
    for kind, (milliseconds, queries) in GOALS.items():
        these = [one for one in found if one.kind == kind]
        slowest = max(these, key=lambda one: one.p95)
        most = max(these, key=lambda one: one.queries)
        lines += [
            Line(
                f"slowest {kind}: {slowest.page}, {slowest.what}",
                f"{slowest.p95:.0f} ms, {slowest.cpu:.0f} of them CPU",
                f"<= {milliseconds} ms", slowest.p95 <= milliseconds,
            ),
            Line(
                f"most queries, {kind}: {most.page}, {most.what}", str(most.queries),
                f"<= {queries}", most.queries <= queries,
            ),
        ]  # fmt: skip
    heaviest = max((one for one in found if one.kind == "list"), key=lambda one: one.elements)
    weight = f"{heaviest.elements:,} elements, {heaviest.size / 1000:.0f} kB"
    goal = f"<= {MOST_ELEMENTS:,}, {MOST_BYTES / 1000:.0f} kB"
    name = f"heaviest list: {heaviest.page}, {heaviest.what}"
    lines.append(Line(name, weight, goal, all(one.light for one in found)))
    print()
    return finish("Lists", lines)
