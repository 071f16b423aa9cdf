"""The demo's supervisor tells outputs apart, notices an end, and leaves no process."""

import io
import os
import signal
from collections.abc import Iterator

import pytest

from portal.demo.supervisor import ChildEndedError, Supervisor
from portal.embedded.process import wait_until

SLEEP = "import time; print('up', flush=True); time.sleep(600)"
GRANDCHILD = (
    "import subprocess, sys, time;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "print(child.pid, flush=True);"
    "time.sleep(600)"
)


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    made = Supervisor(io.StringIO())
    yield made
    made.stop()


def written(supervisor: Supervisor) -> str:
    assert isinstance(supervisor.out, io.StringIO)
    return supervisor.out.getvalue()


def python(code: str) -> list[str]:
    return ["-c", code]


def test_every_line_has_the_name_of_its_process(supervisor: Supervisor) -> None:
    supervisor.run("one", python("print('first\\nsecond')"), os.environ)
    supervisor.run("two", python("print('third', end='')"), os.environ)
    assert written(supervisor) == "one     | first\none     | second\ntwo     | third\n"


def test_a_quiet_supervisor_shows_raw_output_only(supervisor: Supervisor) -> None:
    supervisor.quiet = True
    supervisor.run("noise", python("print('not this')"), os.environ)
    supervisor.wait(supervisor.start("raw", python("print('this')"), os.environ, raw=True))
    assert written(supervisor) == "this\n"


def test_standard_error_is_shown_too(supervisor: Supervisor) -> None:
    supervisor.run("one", python("import sys; sys.stderr.write('oh\\n')"), os.environ)
    assert written(supervisor) == "one     | oh\n"


def test_a_failed_step_is_told_with_its_last_lines(supervisor: Supervisor) -> None:
    with pytest.raises(ChildEndedError, match=r"(?s)^step ended with code 3\..*the cause"):
        supervisor.run("step", python("print('the cause'); raise SystemExit(3)"), os.environ)


def test_a_server_that_is_killed_ends_the_waiting(supervisor: Supervisor) -> None:
    server = supervisor.start("server", python(SLEEP), os.environ)
    supervisor.wait_for(server, "up")
    os.kill(server.popen.pid, signal.SIGKILL)
    with pytest.raises(ChildEndedError, match=r"(?s)^server was ended by SIGKILL\..*up"):
        supervisor.serve(seconds=20)


def test_a_server_that_never_gets_ready_is_named(supervisor: Supervisor) -> None:
    server = supervisor.start("server", python(SLEEP), os.environ)
    with pytest.raises(ChildEndedError, match="server was not ready after 1 s"):
        supervisor.wait_for(server, "never", seconds=1)


def test_stopping_ends_children_and_what_they_started(supervisor: Supervisor) -> None:
    parent = supervisor.start("parent", python(GRANDCHILD), os.environ)
    grandchild = int(supervisor.wait_for(parent, r"^\d+$"))
    supervisor.stop()
    assert parent.popen.returncode == -signal.SIGTERM

    def is_gone() -> bool:
        try:
            with open(f"/proc/{grandchild}/stat") as file:  # noqa: PTH123
                return file.read().rsplit(")", 1)[1].split()[0] == "Z"
        except FileNotFoundError:
            return True

    assert wait_until(is_gone, 10)


def test_ctrl_c_in_the_terminal_reaches_no_child_directly(supervisor: Supervisor) -> None:
    code = "import os; print(os.getsid(0) == os.getpid())"
    supervisor.run("child", python(code), os.environ)
    assert written(supervisor) == "child   | True\n"
