"""What an event of the usual size costs: its text is stored without being compressed."""

import json

from django.db import connection

from tests.support.hooks import Hook, event


def _compression(uuid: str) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_column_compression(body) FROM provisioning_event WHERE uuid = %s", [uuid]
        )
        found: str | None = cursor.fetchone()[0]
    return found


def _of_size(size: int) -> str:
    one = event(displayMessage="")
    one["displayMessage"] = "x " * ((size - len(json.dumps(one))) // 2)
    return json.dumps(one)


def test_an_event_of_three_kilobytes_lies_as_it_came_and_a_big_one_is_compressed(
    hook: Hook,
) -> None:
    usual, big = json.loads(_of_size(3_000)), json.loads(_of_size(9_000))
    assert hook.post(usual, big).status == 204
    assert _compression(usual["uuid"]) is None
    assert _compression(big["uuid"]) is not None
