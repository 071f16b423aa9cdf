"""One sandbox for this folder, back at its seed before each test, and a receiver for hooks."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import urllib3
from botocore.config import Config

from sandbox.client import SandboxClient
from sandbox.okta.seed import API_TOKEN
from sandbox.server import AWS_KEYS, Sandbox

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client

Json = dict[str, Any]
SECRET = "a-long-static-secret"


@pytest.fixture(scope="package")
def running_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> SandboxClient:
    return SandboxClient(sandbox.control_url)


class Answer:
    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.text = response.data.decode()

    @property
    def json(self) -> Any:  # any JSON value
        return json.loads(self.text)

    def link(self, relation: str) -> str:
        """The URL of a Link header, or nothing."""
        for line in self.headers.getlist("Link"):
            if f'rel="{relation}"' in line:
                return str(line.partition("<")[2].partition(">")[0])
        return ""


class Http:
    """Calls with the product's API token unless another Authorization is given."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._pool = urllib3.PoolManager(timeout=20, retries=False)

    def __call__(
        self, method: str, path: str, body: Json | None = None, *, authorization: str | None = None
    ) -> Answer:
        token = f"SSWS {API_TOKEN}" if authorization is None else authorization
        headers = {"Content-Type": "application/json", "Authorization": token}
        url = path if path.startswith("http") else self.base + path
        data = None if body is None else json.dumps(body)
        return Answer(self._pool.request(method, url, body=data, headers=headers, redirect=False))

    def form(self, path: str, fields: dict[str, str]) -> Answer:
        return Answer(
            self._pool.request(
                "POST", self.base + path, fields=fields, encode_multipart=False, redirect=False
            )
        )


@pytest.fixture
def okta(sandbox: Sandbox) -> Http:
    return Http(sandbox.okta_url + "/api/v1/")


@pytest.fixture
def web(sandbox: Sandbox) -> Http:
    return Http(sandbox.page_url)


class Receiver:
    """A hook endpoint; `answers` holds (status, seconds to wait) for the next POSTs, then 204."""

    def __init__(self) -> None:
        self.gets: list[Json] = []
        self.posts: list[Json] = []
        self.bodies: list[Json] = []
        self.answers: list[tuple[int, float]] = []
        self.verifies: Callable[[str], Json] = lambda challenge: {"verification": challenge}
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                receiver.gets.append({k.lower(): v for k, v in self.headers.items()})
                challenge = self.headers["X-Okta-Verification-Challenge"]
                self._send(200, json.dumps(receiver.verifies(challenge)).encode())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.posts.append({k.lower(): v for k, v in self.headers.items()})
                receiver.bodies.append(json.loads(body))
                status, seconds = receiver.answers.pop(0) if receiver.answers else (204, 0.0)
                time.sleep(seconds)
                self._send(status, b"")

            def _send(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                if 300 <= status < 400:
                    self.send_header("Location", f"{receiver.url}/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """The tests read what was recorded."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks/okta"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def events(self) -> list[Json]:
        return [event for body in self.bodies for event in body["data"]["events"]]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


ALL_TYPES = [
    "user.lifecycle.create",
    "user.lifecycle.activate",
    "user.lifecycle.suspend",
    "user.lifecycle.unsuspend",
    "user.lifecycle.deactivate",
    "user.account.update_profile",
    "group.user_membership.add",
    "group.user_membership.remove",
    "application.user_membership.remove",
]


@pytest.fixture
def hook(client: SandboxClient, receiver: Receiver) -> str:
    """The id of a verified hook that listens to ALL_TYPES."""
    hook = client.register_hook(receiver.url, SECRET, ALL_TYPES)
    client.verify_hook(hook["id"])
    return str(hook["id"])


#: One try and short waits: a test looks at one answer.
ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=10)


def _session() -> boto3.Session:
    return boto3.Session(
        aws_access_key_id=AWS_KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=AWS_KEYS["AWS_SECRET_ACCESS_KEY"],
        region_name="us-east-1",
    )


@pytest.fixture(scope="package")
def s3_client(running_sandbox: Sandbox) -> "S3Client":
    return _session().client("s3", endpoint_url=running_sandbox.aws_url, config=ONCE)


@pytest.fixture(scope="package")
def lambda_client(running_sandbox: Sandbox) -> "LambdaClient":
    return _session().client("lambda", endpoint_url=running_sandbox.aws_url, config=ONCE)


@pytest.fixture
def s3(sandbox: Sandbox, s3_client: "S3Client") -> "S3Client":
    return s3_client


@pytest.fixture
def functions(sandbox: Sandbox, lambda_client: "LambdaClient") -> "LambdaClient":
    return lambda_client
