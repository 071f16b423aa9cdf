"""python -m sandbox: one line of addresses, state kept over a restart, taken ports said."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest

from sandbox.client import SandboxClient, SandboxRefusedError
from tests.sandbox.conftest import Json

pytestmark = pytest.mark.processes
ROOT = Path(__file__).resolve().parents[2]
MAYA = "maya.lindqvist@acme.example"


def _process(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@contextmanager
def _running(folder: Path) -> Iterator[Json]:
    process = _process("--data", str(folder))
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 0


def test_a_second_start_finds_people_folders_and_hooks_again(tmp_path: Path) -> None:
    with _running(tmp_path) as addresses:
        client = SandboxClient(addresses["control_url"])
        client.update_user(MAYA, department="Marketing")
        client.create_bucket("kept-bucket")
        client.register_hook("http://127.0.0.1:9/", "secret", ["user.lifecycle.suspend"])
        boto3.client(
            "s3",
            endpoint_url=addresses["aws_url"],
            region_name=addresses["environ"]["AWS_REGION"],
            aws_access_key_id=addresses["environ"]["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=addresses["environ"]["AWS_SECRET_ACCESS_KEY"],
        ).put_object(Bucket="team-folders", Key="marketing-Maya/", Body=b"")

    with _running(tmp_path) as addresses:
        client = SandboxClient(addresses["control_url"])
        assert client.find_user(MAYA)["profile"]["department"] == "Marketing"
        assert client.list_events()[0]["eventType"] == "user.account.update_profile"
        assert len(client.list_hooks()) == 1
        objects = client.list_objects()
        assert objects["kept-bucket"] == []
        assert [item["key"] for item in objects["team-folders"]] == ["marketing-Maya/"]
        assert "PutObject" in (tmp_path / "aws-calls.jsonl").read_text()


def test_a_taken_port_is_said_in_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = _process("--aws-port", str(port))
        _, errors = process.communicate(timeout=20)

    assert process.returncode == 1
    assert errors.strip() == (
        f"Port {port} on 127.0.0.1 is taken by another program; "
        "choose another one, or 0 for any free port."
    )


def test_a_damaged_file_is_named_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "sandbox.json").write_text("{half")
    process = _process("--data", str(tmp_path))
    _, errors = process.communicate(timeout=20)

    assert process.returncode == 1
    assert "sandbox.json is not readable as JSON" in errors
    assert (tmp_path / "sandbox.json").read_text() == "{half"


def test_the_client_passes_a_refusal_on(tmp_path: Path) -> None:
    with (
        _running(tmp_path) as addresses,
        pytest.raises(SandboxRefusedError, match="There is no group Nobody"),
    ):
        SandboxClient(addresses["control_url"]).add_member("Nobody", MAYA)
