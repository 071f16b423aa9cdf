"""Every test runs once, and each worker begins with some of what takes long."""

from dataclasses import dataclass

import pytest

from tests.support.sharing import LONG, arranged


@dataclass(frozen=True)
class Item:
    nodeid: str


def items(*counts: int) -> list[Item]:
    folders = [*LONG, "tests/portal/web/"]
    return [
        Item(f"{folder}test_{number}.py::test")
        for folder, count in zip(folders, counts, strict=True)
        for number in range(count)
    ]


@pytest.mark.parametrize("workers", [1, 2, 3, 8])
@pytest.mark.parametrize("counts", [(4, 3, 2, 30), (0, 0, 0, 7), (9, 0, 1, 0), (0, 0, 0, 0)])
def test_each_test_is_there_once(workers: int, counts: tuple[int, ...]) -> None:
    given = items(*counts)
    found = arranged(given, workers)
    assert sorted(one.nodeid for one in found) == sorted(one.nodeid for one in given)


def test_each_share_of_two_begins_with_what_takes_long() -> None:
    found = arranged(items(4, 3, 2, 31), 2)
    halves = found[:20], found[20:]
    assert [half[0].nodeid.startswith(LONG) for half in halves] == [True, True]
    assert [sum(one.nodeid.startswith(LONG) for one in half) for half in halves] == [6, 3]
