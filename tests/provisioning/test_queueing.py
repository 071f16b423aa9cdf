"""Whoever can write to Redis can wake workers, and nothing else (S37)."""

import json
import pickle
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis
from rq.job import Job

from provisioning import wakeups
from provisioning.events.models import Event
from provisioning.queueing import ALLOWED, AllowListedJob, JobRefused, JsonSerializer
from tests.support import engine
from tests.support.processes import Processes
from tests.support.world import eventually


def hash_of(function: str, args: list[Any], **fields: str) -> dict[Any, Any]:
    """A job as an intruder would write it."""
    data = json.dumps([function, None, args, {}]).encode()
    return {
        "data": zlib.compress(data),
        "created_at": "2026-11-20T09:00:00.000000Z",
        "origin": wakeups.QUEUE,
        "status": "queued",
        "timeout": "60",
        **fields,
    }


def read(client: redis.Redis, values: dict[Any, Any]) -> Job:
    client.hset("rq:job:evil", mapping=values)
    return AllowListedJob.fetch("evil", connection=client, serializer=JsonSerializer)


def test_only_the_drain_is_on_the_list() -> None:
    assert {wakeups.DRAIN} == ALLOWED


@pytest.mark.parametrize("name", ["os.system", "builtins.eval", "provisioning.jobs.drain_for", ""])
def test_a_job_that_names_another_function_is_refused(clean_redis: redis.Redis, name: str) -> None:
    job = read(clean_redis, hash_of(name, ["true"]))
    with pytest.raises(JobRefused, match="not on the list"):
        job.perform()


def test_a_job_that_carries_an_instance_is_refused(clean_redis: redis.Redis) -> None:
    values = hash_of(wakeups.DRAIN, [])
    values["data"] = json.dumps([wakeups.DRAIN, "x", [], {}]).encode()
    with pytest.raises(JobRefused, match="an instance"):
        read(clean_redis, values).perform()


def test_callbacks_webhooks_and_repeats_of_a_job_are_dropped(clean_redis: redis.Redis) -> None:
    names = dict.fromkeys(
        ("success_callback_name", "failure_callback_name", "stopped_callback_name"), "os.abort"
    )
    hook = json.dumps([{"url": "http://169.254.169.254/", "job_status": "failed"}])
    job: Any = read(
        clean_redis,
        hash_of(wakeups.DRAIN, [], webhooks=hook, retries_left="3", repeats_left="3", **names),
    )
    assert (job.success_callback, job.failure_callback, job.stopped_callback) == (None,) * 3
    assert (job.webhooks, job.retries_left, job.repeats_left) == ([], None, None)


class Bomb:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self.marker,)


@pytest.mark.processes
def test_nothing_of_it_runs_and_the_worker_lives(
    processes: Processes, clean_redis: redis.Redis, tmp_path: Path
) -> None:
    marker = tmp_path / "it-ran"
    touch = [f"touch {marker}"]
    bomb = pickle.dumps(Bomb(marker))
    callback = {"success_callback_name": "os.system", "failure_callback_name": "os.system"}
    jobs = {
        "system": hash_of("os.system", touch),
        "eval": hash_of("builtins.eval", [f"__import__('os').system('touch {marker}')"]),
        "pickle": hash_of(wakeups.DRAIN, []) | {"data": bomb},
        "packed": hash_of(wakeups.DRAIN, []) | {"data": zlib.compress(bomb)},
        "callback": hash_of("os.system", touch, **callback),
        "meta": hash_of(wakeups.DRAIN, []) | {"meta": bomb},
        "result": hash_of(wakeups.DRAIN, []) | {"result": bomb},
        "numbers": hash_of(wakeups.DRAIN, [], result_ttl="soon"),
        "status": hash_of(wakeups.DRAIN, [], status="busy"),
    }
    worker = processes.work()
    for name, values in jobs.items():
        clean_redis.hset(f"rq:job:{name}", mapping=values)
        clean_redis.rpush(f"rq:queue:{wakeups.QUEUE}", name)
        eventually(lambda: wakeups.depth() == 0, f"the end of {name}", 30)
    engine.receive(engine.suspended())

    def matched() -> bool:
        wakeups.tell()
        return not Event.objects.filter(state="received").exists()

    eventually(matched, "a worker that goes on", 30)
    assert worker.popen.poll() is None
    assert not marker.exists()
