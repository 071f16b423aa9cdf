"""`manage.py web` serves, says so, says when it cannot, and ends when asked."""

import os
import signal
import socket
import urllib.error
import urllib.request

import pytest

from portal.embedded.process import wait_until
from tests.support.processes import Processes

pytestmark = pytest.mark.processes


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  # loopback
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_the_ready_line_names_an_address_that_answers(processes: Processes) -> None:
    _, url = processes.web()
    assert status(f"{url}/healthz") == 200


def test_sigterm_ends_it_in_good_order(processes: Processes) -> None:
    web, url = processes.web()
    assert web.stop() == 0
    with pytest.raises(urllib.error.URLError):
        status(url)


def test_a_taken_port_is_said_clearly(processes: Processes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as squatter:
        port = squatter.getsockname()[1]
        web = processes.manage("web", "--port", str(port))
        web.wait_for(f"Port {port} on 127.0.0.1 is taken .* --port 0 for any free one")
        assert web.wait() == 1
        assert "Traceback" not in web.output


def test_a_number_that_is_no_port_is_refused(processes: Processes) -> None:
    web = processes.manage("web", "--port", "70000")
    web.wait_for("70000 is no port number")
    assert web.wait() == 1


def test_workers_end_with_a_killed_parent(processes: Processes) -> None:
    web, url = processes.web()
    port = int(url.rsplit(":", 1)[1])
    web.kill(signal.SIGKILL)
    web.popen.wait(10)

    def is_free() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) != 0

    assert wait_until(is_free, 20)


def test_a_killed_worker_is_replaced(processes: Processes) -> None:
    web, url = processes.web()
    with open(f"/proc/{web.pid}/task/{web.pid}/children") as file:  # noqa: PTH123
        children = [int(pid) for pid in file.read().split()]
    os.kill(children[-1], signal.SIGKILL)

    def answers() -> bool:
        try:
            return status(f"{url}/healthz") == 200
        except OSError:
            return False

    assert wait_until(answers, 30)
