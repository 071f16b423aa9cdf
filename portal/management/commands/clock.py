"""`clock`: periodic work. Start as many as you like; one of them acts."""

import signal
import threading

from django.core.management.base import BaseCommand

from portal import heartbeat, periodic
from portal.waiting import wait_for_database
from provisioning import clock


class Command(BaseCommand):
    help = "Wake workers for what is due and do periodic work, until SIGTERM or SIGINT."

    def handle(self, **_options: object) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        if not wait_for_database(stop):
            return
        heartbeat.announce("clock")
        heartbeat.keep_beating("clock", stop)
        self.stdout.write("The clock is ready.")
        self.stdout.flush()
        clock.run(stop, periodic.TASKS)
