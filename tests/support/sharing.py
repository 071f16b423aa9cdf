"""In which order the tests run, so that no worker is left alone with long ones at the end.

pytest-xdist (`--dist worksteal`) gives each worker an equal share of the list, front to back; who
is done takes from the end of another's. So each share begins with what takes long.
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar


class Named(Protocol):
    @property
    def nodeid(self) -> str: ...


T = TypeVar("T", bound=Named)

#: What takes minutes, the longest first. Each stays together: its tests share what they stand on.
LONG = ("tests/browser/", "tests/faults/", "tests/portal/demo/")


def arranged(items: Sequence[T], workers: int) -> list[T]:
    """The same tests; those of a folder in LONG begin the shares of so many workers in turn."""
    shares: list[list[T]] = [[] for _ in range(workers)]
    for number, folder in enumerate(LONG):
        shares[number % workers] += [one for one in items if one.nodeid.startswith(folder)]
    others = [one for one in items if not one.nodeid.startswith(LONG)]
    for number, share in enumerate(shares):
        size = (len(items) - sum(map(len, shares[:number]))) // (workers - number)
        count = max(0, size - len(share))
        share += others[:count]
        del others[:count]
    return [one for share in shares for one in share] + others
