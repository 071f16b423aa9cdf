"""`manage.py demo` starts all of Sluice, says where it is, and can be reached and used."""

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.demo.portal_session import PageError, PortalSession
from tests.portal.demo import running
from tests.support.processes import Child, Processes

pytestmark = pytest.mark.processes
SECRET = "a-secret-of-our-own"


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    group = Processes({})
    yield group
    group.end()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "data"


@pytest.fixture(scope="module")
def demo(processes: Processes, data: Path) -> Child:
    return running.start(
        processes, data, environ={"OKTA_HOOK_SECRETS": f"ours:{SECRET},other:another-of-our-own"}
    )


def test_the_greeting_has_an_address_that_answers(demo: Child) -> None:
    url = running.greeting(demo)["Sluice"]
    with urllib.request.urlopen(f"{url}/readyz", timeout=10) as answer:  # noqa: S310  # loopback
        assert answer.status == 200


def test_user_and_password_of_the_greeting_sign_in(demo: Child) -> None:
    said = running.greeting(demo)
    session = PortalSession(said["Sluice"])
    session.sign_in(said["user"], said["password"])
    assert "marketing-s3-folder" in session.read("/rules/")


def test_another_password_does_not_sign_in(demo: Child) -> None:
    said = running.greeting(demo)
    with pytest.raises(PageError, match="422"):
        PortalSession(said["Sluice"]).sign_in(said["user"], "guess-guess-guess")


def test_the_page_of_the_sandbox_answers(demo: Child) -> None:
    url = running.greeting(demo)["sandbox"]
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  # loopback
        assert "Lindqvist" in answer.read().decode()


def test_every_line_of_a_process_has_its_name(demo: Child) -> None:
    assert re.search(r"(?m)^web     \| Ready on http://127", demo.output)
    assert re.search(r"(?m)^set-up  \| 2 rules loaded from", demo.output)


def test_no_secret_is_printed_but_the_password(demo: Child, data: Path) -> None:
    for name in ("servers.json", "demo.json"):
        for key, value in json.loads((data / name).read_text()).items():
            if isinstance(value, str) and key != "password":
                assert value not in demo.output, key


def test_the_files_with_secrets_are_readable_by_their_owner_only(demo: Child, data: Path) -> None:
    assert [running.mode(data / name) for name in ("env", "demo.json")] == [0o600, 0o600]


def test_another_command_reaches_the_demo_by_its_data_folder(
    demo: Child, data: Path, processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name)
    status = processes.manage("status", "--json", environ={"SLUICE_DATA": str(data)})
    assert status.wait() == 0, status.output
    said = json.loads(status.output)
    assert (said["workers_seen"], said["balance_holds"]) == (1, True)


def test_secrets_of_the_environment_are_the_hook_s(demo: Child, data: Path) -> None:
    assert (
        f"OKTA_HOOK_SECRETS=ours:{SECRET},other:another-of-our-own\n" in (data / "env").read_text()
    )
    assert "The fake Okta has verified the hook" in demo.output


def test_a_second_demo_on_the_same_folder_is_refused(
    demo: Child, data: Path, processes: Processes
) -> None:
    second = processes.manage("demo", "--port", "0", "--data", str(data))
    second.wait_for(f"in use by process {demo.pid}")
    assert second.wait() == 1
    assert "Traceback" not in second.output


def test_a_taken_port_is_said_clearly(demo: Child, tmp_path: Path, processes: Processes) -> None:
    port = running.greeting(demo)["Sluice"].rsplit(":", 1)[1]
    second = processes.manage("demo", "--port", port, "--data", str(tmp_path / "other"))
    second.wait_for(f"Port {port} on 127.0.0.1 is taken .* --port 0 for any free one")
    assert second.wait() == 1
    assert not (tmp_path / "other").exists()
