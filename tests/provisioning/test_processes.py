"""What each process has loaded, how it shows that it lives, and how it ends."""

import subprocess
import sys
import time

import pytest

from audit.models import Entry
from provisioning.processes import Process
from tests.conftest import LiveDatabase
from tests.support.processes import ROOT, Processes

WEB = """
import io, json, sys
from portal.wsgi import application
from tests.support import hooks

said = []
body = hooks.envelope(hooks.event())
environ = {
    "REQUEST_METHOD": "POST", "PATH_INFO": "/hooks/okta", "REMOTE_ADDR": "127.0.0.1",
    "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body)),
    "wsgi.input": io.BytesIO(body), "HTTP_AUTHORIZATION": hooks.SECRET,
}
list(application(environ, lambda status, headers: said.append(status)))
heavy = sorted({name.partition(".")[0] for name in sys.modules} & {"boto3", "botocore", "okta",
               "aiohttp", "sandbox"})
print(json.dumps([said, heavy]))
"""
WARM = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
import django
django.setup()
from portal.management.commands import work

def looping(stop, *, most=None):  # with `most` it only does what waited for it to start
    if most is None:
        print(sorted({"botocore", "okta"} & set(sys.modules)))
        stop.set()

work.work = looping
work.Command(stdout=sys.stderr).handle()
"""


def python(live_db: LiveDatabase, code: str, **environ: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **live_db.environ, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.processes
def test_the_web_process_serves_hooks_without_the_libraries_of_the_targets(
    live_db: LiveDatabase,
) -> None:
    secret = "main:correct horse battery staple"
    assert python(live_db, WEB, OKTA_HOOK_SECRETS=secret) == '[["204 No Content"], []]'


@pytest.mark.processes
def test_a_worker_has_loaded_everything_slow_before_it_loops(live_db: LiveDatabase) -> None:
    assert python(live_db, WARM) == "['botocore', 'okta']"


@pytest.mark.processes
def test_worker_and_clock_announce_themselves_and_end_when_asked(processes: Processes) -> None:
    for kind, child in (("worker", processes.work()), ("clock", processes.clock())):
        row = Process.objects.get(kind=kind)
        assert row.name.endswith(f":{child.pid}")
        assert Entry.objects.filter(verb="process.started", object_id=row.name).count() == 1
        started = time.monotonic()
        assert child.stop(30) == 0, child.output
        assert time.monotonic() - started < 20
