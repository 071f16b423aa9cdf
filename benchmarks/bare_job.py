"""The baseline of `processing`: what a job for each event does, a SELECT and an INSERT."""

from django.db import connection, transaction

TABLE = """
CREATE TABLE bare_work (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uuid text NOT NULL, event_type text NOT NULL, at timestamptz NOT NULL DEFAULT now())
"""


def store(uuid: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT event_type, body FROM provisioning_event WHERE uuid = %s", [uuid])
        event_type, _body = cursor.fetchone()
        cursor.execute(
            "INSERT INTO bare_work (uuid, event_type) VALUES (%s, %s)", [uuid, event_type]
        )


def count() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM bare_work")
        return int(cursor.fetchone()[0])


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM bare_work")
