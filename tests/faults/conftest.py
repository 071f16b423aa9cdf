"""A sandbox for the session, and a stack of processes for each test."""

from collections.abc import Iterator

import pytest

from sandbox.server import Sandbox
from tests.conftest import LiveDatabase
from tests.faults.stack import LEASE_SECONDS, Stack
from tests.support.hooks import SECRET
from tests.support.processes import Processes
from tests.support.worlds import session_sandbox

__all__ = ["session_sandbox"]


def environment(sandbox: Sandbox) -> dict[str, str]:
    return sandbox.environ() | {
        "OKTA_HOOK_SECRETS": f"main:{SECRET}",
        "LEASE_SECONDS": str(LEASE_SECONDS),
        "FAILPOINTS_ALLOWED": "1",
    }


@pytest.fixture
def stack(live_db: LiveDatabase, session_sandbox: Sandbox) -> Iterator[Stack]:
    session_sandbox.reset()
    session_sandbox.aws.journal.clear()
    processes = Processes(live_db.environ | environment(session_sandbox))
    yield Stack(session_sandbox, processes)
    processes.end()
