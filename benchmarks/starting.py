"""How long a worker takes from its start to the end of its first job, against `django.setup()`.

    python -m benchmarks.starting [--repeats 5]

Also looks into a web process that has taken hook calls: neither boto3 nor the Okta library may be
in it.
"""

import os
import signal
import subprocess
import sys
import time
import uuid

import psycopg

from benchmarks import SECRET, load, processing, servers
from benchmarks.figures import Line, at_most, finish, in_turn, noted, options, ratios
from portal.embedded import Services

SETUP = "import django; django.setup()"
HEAVY = ("boto3", "botocore", "okta", "aiohttp")
_SETTLED = "SELECT count(*) FROM provisioning_event WHERE state = 'received'"


def setup_seconds() -> float:
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", SETUP], check=True)
    return time.monotonic() - started


def first_job_seconds(services: Services) -> float:
    """From the start of `manage.py work` until an event that was due has been matched."""
    processing.bring(1)
    with psycopg.connect(services.environ()["DATABASE_URL"], autocommit=True) as watch:
        started = time.monotonic()
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "work"], stdout=subprocess.DEVNULL, env=dict(os.environ)
        )
        try:
            while watch.execute(_SETTLED).fetchone() != (0,):
                if worker.poll() is not None or time.monotonic() - started > 60:
                    raise SystemExit("The worker did not do its first job within 60 s.")
                time.sleep(0.002)
            return time.monotonic() - started
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(30)


_SERVE = """
import io, sys
from portal.wsgi import application
body = sys.stdin.buffer.read()
for path in ("/hooks/okta", "/sign-in/", "/healthz"):
    said = []
    post = path.startswith("/hooks/")
    environ = {"REQUEST_METHOD": "POST" if post else "GET", "PATH_INFO": path, "SCRIPT_NAME": "",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "HTTP_HOST": "localhost",
        "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http", "wsgi.errors": sys.stderr,
        "CONTENT_TYPE": "application/json" if post else "", "HTTP_AUTHORIZATION": sys.argv[1],
        "CONTENT_LENGTH": str(len(body)) if post else "", "wsgi.input": io.BytesIO(body)}
    list(application(environ, lambda status, headers: said.append(status)))
    assert said[0][:3] in ("200", "204"), (path, said)
print(*(name for name in sys.argv[2].split(",") if name in sys.modules))
"""


def heavy_modules() -> list[str]:
    """What of HEAVY a process has imported that serves hook calls and pages as `web` does."""
    body = load.call([load.event() | {"uuid": str(uuid.uuid4())}])
    command = [sys.executable, "-c", _SERVE, SECRET, ",".join(HEAVY)]
    done = subprocess.run(command, input=body, capture_output=True, check=True)
    return done.stdout.decode().split()


def measure(services: Services, repeats: int) -> list[Line]:
    step = "{id: tell, action: slack.post_message, with: {channel: '#it', text: Hello}}"
    text = processing.rule("listens", "user.account.update_profile", "FAILURE", step)
    processing.apply_rules(text)
    setup_seconds()
    first_job_seconds(services)  # byte code and file cache
    parts = {
        "django.setup()": setup_seconds,
        "worker's first job": lambda: first_job_seconds(services),
    }
    setup, job = in_turn(repeats, parts).values()
    heavy = heavy_modules()
    return [
        noted("python -c 'django.setup()'", setup, " s"),
        noted("manage.py work, start to end of first job", job, " s"),
        at_most("first job ÷ django.setup()", ratios(job, setup), 2),
        Line(
            f"{', '.join(HEAVY)} in a web process that serves hooks",
            ", ".join(heavy) or "none",
            "none",
            not heavy,
        ),
    ]  # fmt: skip


def main() -> int:
    chosen = options(str(__doc__), repeats=5).parse_args()
    with servers.running() as services:
        return finish("Starting", measure(services, chosen.repeats))


if __name__ == "__main__":
    sys.exit(main())
