"""Waiting for the database at the start of a process, in words."""

import logging
import threading

from django.db import Error, connection

log = logging.getLogger(__name__)


def wait_for_database(stop: threading.Event) -> bool:
    """Wait until the tables can be read; False if told to stop meanwhile."""
    while not stop.is_set():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM provisioning_event LIMIT 1")
        except Error as error:
            log.warning("Waiting for the database: %s", str(error).strip().splitlines()[0])
            connection.close()
            stop.wait(2)
        else:
            return True
    return False
