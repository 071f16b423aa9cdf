"""`manage.py demo --exit` plays every scenario through the whole stack."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.demo.names import SCENARIOS
from tests.support.processes import Child, Processes

pytestmark = pytest.mark.processes
LINE = re.compile(r"(?m)^(PASS|FAIL)  ([a-z-]+)  (.+?)  \|  seen: (.+)$")


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    group = Processes({})
    yield group
    group.end()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "data"


def play(processes: Processes, data: Path, *arguments: str) -> tuple[Child, int]:
    command = ("demo", "--port", "0", "--data", str(data), "--exit", *arguments)
    child = processes.manage(*command)
    return child, child.wait(600)


def test_every_expectation_of_every_scenario_holds(processes: Processes, data: Path) -> None:
    child, code = play(processes, data)
    lines = LINE.findall(child.output)
    assert {name for _, name, _, _ in lines} == set(SCENARIOS), child.output
    assert [line for line in lines if line[0] == "FAIL"] == [], child.output
    assert code == 0


def test_a_scenario_plays_again_on_the_same_data(processes: Processes, data: Path) -> None:
    child, code = play(processes, data, "--scenario", "marketing-folder")
    assert {name for _, name, _, _ in LINE.findall(child.output)} == {"marketing-folder"}
    assert code == 0, child.output


def test_an_unknown_scenario_is_refused_with_the_names(processes: Processes, data: Path) -> None:
    child, code = play(processes, data, "--scenario", "lunch")
    assert code == 2
    for name in SCENARIOS:
        assert name in child.output
