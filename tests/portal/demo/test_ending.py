"""The demo ends as a whole, whichever way, and a second start goes on where it was."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from portal.embedded.process import wait_until
from tests.portal.demo import running
from tests.support.processes import Child, Processes

pytestmark = pytest.mark.processes


@pytest.fixture
def processes() -> Iterator[Processes]:
    group = Processes({})
    yield group
    group.end()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared, so that what the demo of one test left, however that ended, is the next one's."""
    return tmp_path_factory.mktemp("ended") / "data"


def descendants(pid: int) -> list[int]:
    """Process ids of everything that a process has started and that still runs."""
    found: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):  # it may end while it is looked at
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *descendants(int(child))]
    return found


def is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


def assert_all_ended(pids: list[int], seconds: float) -> None:
    wait_until(lambda: not any(map(is_running, pids)), seconds)
    left = [pid for pid in pids if is_running(pid)]
    assert not left, [Path(f"/proc/{pid}/cmdline").read_text() for pid in left]


def rules(data: Path) -> list[str]:
    values = dict(
        line.split("=", 1) for line in (data / "env").read_text().splitlines() if "=" in line
    )
    with psycopg.connect(values["DATABASE_URL"]) as connection:
        found = connection.execute("SELECT name FROM provisioning_rule ORDER BY name")
        return [name for (name,) in found.fetchall()]


def end_with(child: Child, sign: signal.Signals) -> None:
    pids = descendants(child.pid)
    assert len(pids) > 6
    child.kill(sign)
    assert child.wait(40) == 0
    assert child.output.rstrip().endswith(running.STOPPED)
    assert_all_ended(pids, 2)


def test_ctrl_c_stops_all_of_it_and_a_second_start_finds_it_again(
    processes: Processes, data: Path
) -> None:
    first = running.start(processes, data)
    before = running.greeting(first)
    end_with(first, signal.SIGINT)
    second = running.start(processes, data)
    after = running.greeting(second)
    assert after["password"] == before["password"]
    assert after["sandbox"] == before["sandbox"]
    assert rules(data) == ["marketing-s3-folder", "offboarding-alert"]
    assert "0 rules loaded from" in second.output
    end_with(second, signal.SIGTERM)


def test_nothing_outlives_a_killed_demo(processes: Processes, data: Path) -> None:
    demo = running.start(processes, data)
    pids = descendants(demo.pid)
    demo.kill(signal.SIGKILL)
    demo.popen.wait(10)
    assert_all_ended(pids, 40)


def test_a_process_that_dies_is_named_and_ends_the_demo(processes: Processes, data: Path) -> None:
    demo = running.start(processes, data)
    pids = descendants(demo.pid)
    clock = next(pid for pid in pids if b"\0clock\0" in Path(f"/proc/{pid}/cmdline").read_bytes())
    os.kill(clock, signal.SIGKILL)
    assert demo.wait(40) == 1
    assert "clock was ended by SIGKILL. Its last lines:\n    The clock is " in demo.output
    assert_all_ended(pids, 2)


def test_ctrl_c_during_the_start_stops_what_was_started(
    processes: Processes, tmp_path: Path
) -> None:
    demo = processes.manage("demo", "--port", "0", "--data", str(tmp_path / "data"))
    demo.wait_for("Starting PostgreSQL")
    assert wait_until(lambda: len(descendants(demo.pid)) > 2, 60)
    pids = descendants(demo.pid)
    demo.kill(signal.SIGINT)
    assert demo.wait(40) == 0
    assert_all_ended(pids, 5)
