"""The baseline of `accepting`: Django without middleware, json, one plain INSERT.

    python benchmarks/bare_site.py PORT WORKERS THREADS

Run by path, so that nothing of Sluice is imported. The table is made by whoever starts it.
"""

import json
import os
import sys
from typing import Any

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from environ import Env
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

TABLE = """
CREATE TABLE bare_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uuid text NOT NULL, event_type text NOT NULL, published timestamptz NOT NULL,
    body text NOT NULL)
"""


def configure() -> None:
    database: dict[str, Any] = Env.db_url_config(os.environ["DATABASE_URL"])
    settings.configure(
        DATABASES={"default": {**database, "CONN_MAX_AGE": None}},
        ROOT_URLCONF=__name__,
        MIDDLEWARE=[],
        INSTALLED_APPS=[],
        ALLOWED_HOSTS=["*"],
        DATA_UPLOAD_MAX_MEMORY_SIZE=None,
        SECRET_KEY="not used",
        USE_TZ=True,
    )
    django.setup()


def store(request: HttpRequest) -> HttpResponse:
    text = request.body.decode()
    event = json.loads(text)["data"]["events"][0]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bare_event (uuid, event_type, published, body) VALUES (%s, %s, %s, %s)",
            [event["uuid"], event["eventType"], event["published"], text],
        )
    return HttpResponse(status=204)


urlpatterns = [path("hooks/okta", store)]


def load() -> Any:
    configure()
    return get_wsgi_application()


if __name__ == "__main__":
    port, workers, threads = (int(text) for text in sys.argv[1:])
    Server(
        "bare_site:load",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        websockets=False,
        log_level=LogLevels.error,
    ).serve(target_loader=load, wrap_loader=False)
