"""What a job may be: JSON, and one of the functions named here.

RQ runs whatever function a job names, so writing to Redis would be running code. This Job class
refuses any name outside the list, any callback, and any instance.
"""

import json
from typing import Any

from rq.job import Job

ALLOWED = frozenset({"provisioning.jobs.drain"})


class JobRefused(Exception):  # noqa: N818
    """A job in Redis names something it may not."""


class JsonSerializer:
    """The same as RQ's, by our name so that workers and queues cannot differ."""

    @staticmethod
    def dumps(*args: Any, **kwargs: Any) -> bytes:
        return json.dumps(*args, **kwargs).encode("utf-8")

    @staticmethod
    def loads(data: bytes | str, *args: Any, **kwargs: Any) -> Any:
        return json.loads(data if isinstance(data, str) else data.decode("utf-8"), *args, **kwargs)


class AllowListedJob(Job):
    """A job whose function must be on the list, at reading and at running."""

    @property
    def func(self) -> Any:
        self._check()
        return super().func

    def restore(self, raw_data: Any) -> None:
        super().restore(raw_data)
        # A callback is a function by name as well, and a webhook a call to any address. No job of
        # ours has one, nor repeats itself, so none of that is kept.
        self._success_callback_name = None
        self._failure_callback_name = None
        self._stopped_callback_name = None
        self.webhooks = []
        self.retries_left = None
        self.repeats_left = None

    def _check(self) -> None:
        if self.func_name not in ALLOWED:
            raise JobRefused(f"Job {self.id} names {self.func_name!r}, which is not on the list.")
        if getattr(self, "_instance", None) is not None:
            raise JobRefused(f"Job {self.id} carries an instance, which no job of ours has.")
