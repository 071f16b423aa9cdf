"""All stand-ins in one process: three ports on loopback, threads inside."""

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from werkzeug.wrappers import Request, Response

from sandbox import control, page
from sandbox.aws.seed import REGION
from sandbox.aws.server import Aws
from sandbox.faults import FaultBoard
from sandbox.mail import Mail
from sandbox.okta import oidc
from sandbox.okta import seed as okta_seed
from sandbox.okta.app import Okta
from sandbox.slack import TOKEN as SLACK_TOKEN
from sandbox.slack import Slack
from sandbox.store import Store
from sandbox.web import Environ, HttpServer, Json, StartResponse, is_loopback

SLACK_PATH = "/slack/api/"
OKTA_PATHS = ("/api/v1/", "/oauth2/", "/.well-known/", "/login/")
AWS_KEYS = {"AWS_ACCESS_KEY_ID": "AKIASANDBOXPRODUCT00", "AWS_SECRET_ACCESS_KEY": "sandbox"}
#: Groups that a demo or a test may make; who is in them signs in to the product with this role.
GROUP_ROLES = ",".join(
    f"{oidc.GROUP_PREFIX}{role}s:{role}" for role in ("admin", "operator", "approver", "auditor")
)


class Sandbox:
    """Use it as a context manager, or call start() and stop(). Port 0 means any free port."""

    def __init__(
        self,
        data: Path | None = None,
        *,
        okta_port: int = 0,
        aws_port: int = 0,
        smtp_port: int = 0,
    ) -> None:
        """Raises sandbox.web.PortTakenError, or RefusedInputError when kept data is damaged."""
        if data is not None:
            data.mkdir(parents=True, exist_ok=True)
        self.faults = FaultBoard()
        self.slack = Slack(self.faults)
        self.mail = Mail(self.faults, smtp_port)
        self._web = HttpServer(self, okta_port)
        self.okta = Okta(self.faults, self._web.url)
        self.okta.org.on_change = lambda: self.store.touch()
        journal = data / "aws-calls.jsonl" if data else None
        self.aws = Aws(
            self.faults, port=aws_port, journal_file=journal, on_change=lambda: self.store.touch()
        )
        self.store = Store(
            data,
            {
                "okta": self.okta.org.dump,
                "slack": self.slack.dump,
                "mail": self.mail.dump,
                "s3": self.aws.dump,
            },
        )
        self.okta_url = self.page_url = self._web.url
        self.control_url = f"{self._web.url}/control"
        self.slack_url = f"{self._web.url}{SLACK_PATH}"
        self.aws_url = self.aws.url
        self.smtp_host, self.smtp_port = self.mail.host, self.mail.port

    def start(self) -> None:
        kept = self.store.read()
        self.reset()
        if kept is not None:
            self._load(kept)
        for part in (self.okta.sender, self.aws, self.mail, self._web, self.store):
            part.start()

    def stop(self) -> None:
        for part in (self.okta.sender, self._web, self.aws, self.mail, self.store):
            part.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def reset(self) -> None:
        """Everything back to the seed."""
        self.faults.reset()
        self.okta.reset()
        okta_seed.fill(self.okta.org)
        self.slack.reset()
        self.mail.reset()
        self.aws.reset()
        self.store.touch()

    def _load(self, kept: Json) -> None:
        self.okta.org.load(kept.get("okta", {}))
        okta_seed.add_tokens(self.okta.org)
        self.slack.load(kept.get("slack", []))
        self.mail.load(kept.get("mail", []))
        self.aws.load(kept.get("s3", {}))

    def addresses(self) -> dict[str, str | int | dict[str, str]]:
        """What another process needs to find everything."""
        return {
            "okta_url": self.okta_url,
            "page_url": self.page_url,
            "control_url": self.control_url,
            "slack_url": self.slack_url,
            "aws_url": self.aws_url,
            "smtp_host": self.smtp_host,
            "smtp_port": self.smtp_port,
            "environ": self.environ(),
        }

    def environ(self) -> dict[str, str]:
        """The product's environment variables that point it here."""
        return {
            "OKTA_ORG_URL": self.okta_url,
            "OKTA_API_TOKEN": okta_seed.API_TOKEN,
            "OKTA_ALLOW_HTTP": "1",
            "OIDC_CLIENT_ID": oidc.CLIENT_ID,
            "OIDC_CLIENT_SECRET": "env:SANDBOX_OIDC_SECRET",
            "SANDBOX_OIDC_SECRET": oidc.CLIENT_SECRET,
            "OIDC_GROUP_ROLES": GROUP_ROLES,
            "AWS_ENDPOINT_URL": self.aws_url,
            "AWS_REGION": REGION,
            **AWS_KEYS,
            "SLACK_BASE_URL": self.slack_url,
            "SLACK_BOT_TOKEN": SLACK_TOKEN,
            "EMAIL_URL": f"smtp://{self.smtp_host}:{self.smtp_port}",
            "DEFAULT_FROM_EMAIL": "sluice@acme.example",
        }

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        return self._answer(request)(environ, start_response)

    def _answer(self, request: Request) -> Response:
        origin = urlsplit(request.headers.get("Origin") or "").netloc
        if not is_loopback(request.host) or (origin and not is_loopback(origin)):
            return Response("The sandbox answers on this machine only.\n", status=421)
        if request.path.startswith(SLACK_PATH):
            response = self.slack.respond(request, request.path.removeprefix(SLACK_PATH))
            self.store.touch()
            return response
        if request.path.startswith("/control/"):
            return control.respond(self, request)
        if request.path.startswith(OKTA_PATHS):
            return self.okta.respond(request)
        return page.respond(self, request)
