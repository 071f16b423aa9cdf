"""The demo's start: servers, tables, sandbox, portal, worker, clock, rules, hook, user."""

import json
from dataclasses import dataclass
from pathlib import Path

from portal import embedded
from portal.demo import environment
from portal.demo.supervisor import Supervisor
from portal.embedded.ports import require_port

MANAGE = "manage.py"
#: The line in which the sandbox says where everything is.
READY = r"^\{.*\}$"


@dataclass
class Stack:
    """What is running, and where."""

    supervisor: Supervisor
    services: embedded.Services
    environ: dict[str, str]
    url: str
    page_url: str
    password: str

    def stop(self) -> None:
        """Stop everything: first who writes, then the databases."""
        self.supervisor.stop()
        self.services.stop()


def start(data: Path, port: int, supervisor: Supervisor) -> Stack:
    """Start all of it in `data`.

    Raises EmbeddedError or ChildEndedError, each with what is wrong; nothing keeps running then.
    """
    port = require_port("127.0.0.1", port)
    say = supervisor.say
    say(f"Starting PostgreSQL and Redis in {data}")
    services = embedded.start(data)
    try:
        return _start_on(services, port, supervisor)
    except BaseException:
        supervisor.stop()
        services.stop()
        raise


def _start_on(services: embedded.Services, port: int, supervisor: Supervisor) -> Stack:
    data = services.data
    kept = environment.load_kept(data)
    url = f"http://localhost:{port}"
    values = {
        **services.environ(),
        "SECRET_KEY": kept.secret_key,
        "BASE_URL": url,
        "OKTA_HOOK_SECRETS": environment.hook_secrets(kept),
        "ENVIRONMENT_LABEL": "demo",
        "REQUIRE_MFA": "false",
    }
    environment.first_secret(values["OKTA_HOOK_SECRETS"])
    environ = environment.for_children(data, values)
    command = ["-m", "sandbox", "--data", str(data / "sandbox")]
    command += ["--okta-port", str(kept.sandbox_port)]
    sandbox = supervisor.start("sandbox", command, environ, hidden=READY)
    # The sandbox loads meanwhile; it needs no tables.
    supervisor.run("migrate", [MANAGE, "migrate", "--verbosity", "0"], environ)
    ready = json.loads(supervisor.wait_for(sandbox, READY))
    values |= ready["environ"]
    environment.write_environ(data, values)
    environ = environment.for_children(data, values)

    web = supervisor.start("web", [MANAGE, "web", "--port", str(port)], environ)
    for name in ("work", "clock"):
        supervisor.start(name, [MANAGE, name], environ)
    supervisor.wait_for(web, "^Ready on ")
    environ |= {"SLUICE_DEMO_SANDBOX": json.dumps(ready), "SLUICE_DEMO_PASSWORD": kept.password}
    supervisor.run("set-up", ["-m", "portal.demo", "set-up"], environ)
    return Stack(supervisor, services, environ, url, ready["page_url"], kept.password)
