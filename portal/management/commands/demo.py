"""`demo`: all of Sluice with a sandbox on one machine, or a scenario run through it."""

import os
import signal
from pathlib import Path
from types import FrameType
from typing import TextIO, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.demo import stack
from portal.demo.environment import USER
from portal.demo.names import SCENARIOS
from portal.demo.supervisor import ChildEndedError, Supervisor
from portal.embedded import EmbeddedError


class Stopped(BaseException):  # like KeyboardInterrupt, not an error
    """Ctrl-C or SIGTERM."""


class Command(BaseCommand):
    """Children do all the work, so this process needs no database of its own."""

    help = "Start Sluice with a sandbox on this machine; Ctrl-C stops all of it."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="of the portal; 0 for any")
        parser.add_argument(
            "--data", type=Path, default=settings.DATA_DIR, help="folder that keeps everything"
        )
        parser.add_argument("--scenario", choices=[*SCENARIOS, "all"], help="run it and say PASS")
        parser.add_argument(
            "--exit",
            action="store_true",
            dest="leave",
            help="end after the scenario (all, if none)",
        )

    def handle(
        self, *, port: int, data: Path, scenario: str | None, leave: bool, **_options: object
    ) -> None:
        os.chdir(settings.BASE_DIR)
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, _stop)
        supervisor = Supervisor(cast(TextIO, self.stdout), quiet=leave)
        code = 0
        try:
            running = stack.start(data.resolve(), port, supervisor)
            try:
                code = _use(running, scenario or ("all" if leave else None), leave=leave)
            finally:
                _ignore_signals()
                supervisor.say("Stopping")
                running.stop()
        except Stopped:
            supervisor.say("Everything is stopped; the data is kept.")
        except (EmbeddedError, ChildEndedError) as error:
            raise CommandError(str(error)) from None
        if code:
            raise SystemExit(code)


def _use(running: stack.Stack, scenario: str | None, *, leave: bool) -> int:
    """Run what was asked for; the exit code. Without `leave` it goes on until it is stopped."""
    supervisor, code = running.supervisor, 0
    if not leave:
        supervisor.say(_welcome(running))
    if scenario is not None:
        names = list(SCENARIOS) if scenario == "all" else [scenario]
        player = supervisor.start(
            "scenario", ["-m", "portal.demo", "play", *names], running.environ, raw=True
        )
        code = supervisor.wait(player)
        if code:
            supervisor.show_held_back()
    if not leave:
        supervisor.serve()
    return code


def _welcome(running: stack.Stack) -> str:
    return f"""
    Sluice     {running.url}
    user       {USER}
    password   {running.password}
    or "Sign in with Okta" as one of the people in a group named sluice-…, each with another role
    sandbox    {running.page_url}   change people in the fake Okta, see mail, Slack and S3

    Other commands reach it with SLUICE_DATA={running.services.data}
    Ctrl-C stops everything and keeps the data.
"""


def _stop(_sign: int, _frame: FrameType | None) -> None:
    _ignore_signals()
    raise Stopped


def _ignore_signals() -> None:
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, signal.SIG_IGN)
