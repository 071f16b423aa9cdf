"""Sending events to hooks: batches, 3 s, one retry after a time-out or 5xx, none after 4xx."""

import json
import random
import threading
import time
import uuid
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace

from sandbox.okta.events import SYSTEM, build, hook_form, hook_target, preview
from sandbox.okta.outgoing import attempt, record_of
from sandbox.okta.state import Operation, Org, now_text
from sandbox.web import Json, RefusedInputError, to_bytes

KEPT = 1000
WORKERS = 4


@dataclass(frozen=True)
class Options:
    """How the sender misbehaves.

    batch_seconds  events of one hook that come this close together share a call
    max_batch      most events in one call
    delay          seconds to hold a call back before its first attempt
    duplicate      the next so many calls are sent twice
    drop           the next so many calls are lost and never repeated
    reorder        shuffle the events within each call
    """

    batch_seconds: float = 0.2
    max_batch: int = 100
    delay: float = 0.0
    duplicate: int = 0
    drop: int = 0
    reorder: bool = False


class Sender:
    """One thread collects, a few send. Records of calls are kept for the list."""

    def __init__(self, org: Org, base_url: str) -> None:
        self._org = org
        self.base_url = base_url
        self.options = Options()
        self._waiting: dict[str, list[Json]] = {}
        self._since: dict[str, float] = {}
        self._in_flight = 0
        self._records: deque[Json] = deque(maxlen=KEPT)
        self._wake = threading.Condition()
        self._stopping = False
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="hook")
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        self._thread.join(timeout=5)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def reset(self) -> None:
        with self._wake:
            self.options = Options()
            self._waiting.clear()
            self._since.clear()
            # Calls still on their way write into the list they began with.
            self._records = deque(maxlen=KEPT)
            self._wake.notify_all()

    def configure(self, wanted: Json) -> Json:
        """Change options; raises RefusedInputError."""
        known = asdict(self.options)
        unknown = sorted(set(wanted) - set(known))
        if unknown:
            text = f"Unknown options {', '.join(unknown)}; known are {', '.join(known)}."
            raise RefusedInputError(text)
        try:
            values = {name: type(known[name])(value) for name, value in wanted.items()}
        except (TypeError, ValueError) as error:
            raise RefusedInputError(f"An option has the wrong type: {error}.") from error
        with self._wake:
            self.options = replace(self.options, **values)
            return asdict(self.options)

    def records(self) -> list[Json]:
        """Oldest first: id, hook, uri, at, status (delivered, failed, dropped), attempts, events,
        body (the text that was sent)."""
        with self._wake:
            return list(self._records)

    def settle(self, timeout: float) -> bool:
        """Wait until nothing waits and nothing is on its way; False when time ran out."""
        with self._wake:
            return self._wake.wait_for(lambda: not self._waiting and not self._in_flight, timeout)

    def enqueue(self, event: Json) -> None:
        """Called with the org's lock held, for every event that is written."""
        for hook in self._org.hooks.values():
            active = hook["status"] == "ACTIVE" and hook["verificationStatus"] == "VERIFIED"
            if active and event["eventType"] in hook["events"]["items"]:
                self._put(hook["id"], hook_form(event))

    def send_preview(self, hook_id: str, event_type: str) -> None:
        """Goes to the hook whatever its state and filter, as the console's Preview does."""
        self.send(hook_id, [preview(event_type)])

    def send(self, hook_id: str, events: list[Json]) -> None:
        """Any events at all, to a hook whatever its state."""
        with self._org.lock:
            self._org.hook(hook_id)
        for event in events:
            self._put(hook_id, event)

    def resend(self, delivery_id: str) -> None:
        """The same text once more; raises RefusedInputError."""
        record = next((r for r in self.records() if r["id"] == delivery_id), None)
        if record is None:
            raise RefusedInputError(f"There is no delivery {delivery_id}.")
        with self._org.lock:
            config = self._org.hook(record["hook"])["channel"]["config"]
        with self._wake:
            self._send(record["hook"], config, json.loads(record["body"]))

    def _put(self, hook_id: str, event: Json) -> None:
        with self._wake:
            self._waiting.setdefault(hook_id, []).append(event)
            self._since.setdefault(hook_id, time.monotonic())
            self._wake.notify_all()

    def _run(self) -> None:
        with self._wake:
            while not self._stopping:
                now = time.monotonic()
                due = [h for h, at in self._since.items() if at + self._pause() <= now]
                for hook_id in due:
                    self._dispatch(hook_id)
                left = [at + self._pause() - now for at in self._since.values()]
                self._wake.wait(max(0.001, min(left)) if left else None)

    def _pause(self) -> float:
        return self.options.batch_seconds

    def _dispatch(self, hook_id: str) -> None:
        """With the condition held."""
        events = self._waiting.pop(hook_id, [])
        del self._since[hook_id]
        hook = self._org.hooks.get(hook_id)
        self._wake.notify_all()
        if hook is None:
            return
        for start in range(0, len(events), self.options.max_batch):
            batch = events[start : start + self.options.max_batch]
            if self.options.reorder:
                random.shuffle(batch)
            self._submit(hook, self._envelope(hook_id, batch))

    def _submit(self, hook: Json, envelope: Json) -> None:
        config = hook["channel"]["config"]
        if self.options.drop > 0:
            self.options = replace(self.options, drop=self.options.drop - 1)
            self._records.append(record_of(hook["id"], config["uri"], envelope, "dropped"))
            return
        times = 1
        if self.options.duplicate > 0:
            self.options = replace(self.options, duplicate=self.options.duplicate - 1)
            times = 2
        for _ in range(times):
            self._send(hook["id"], config, envelope)

    def _send(self, hook_id: str, config: Json, envelope: Json) -> None:
        """With the condition held."""
        self._in_flight += 1
        self._pool.submit(self._deliver, hook_id, config, envelope, self._records)

    def _envelope(self, hook_id: str, events: list[Json]) -> Json:
        return {
            "eventType": "com.okta.event_hook",
            "eventTypeVersion": "1.0",
            "cloudEventsVersion": "0.1",
            "source": f"{self.base_url}/api/v1/eventHooks/{hook_id}",
            "eventId": str(uuid.uuid4()),
            "data": {"events": events},
            "eventTime": now_text(),
            "contentType": "application/json",
        }

    def _deliver(self, hook_id: str, config: Json, envelope: Json, records: deque[Json]) -> None:
        try:
            time.sleep(self.options.delay)
            record = record_of(hook_id, config["uri"], envelope, "failed")
            for _ in range(2):
                result = attempt(config, to_bytes(record["body"]))
                record["attempts"].append(result)
                if not result["again"]:
                    break
            if record["attempts"][-1]["status"] in (200, 204):
                record["status"] = "delivered"
            with self._wake:
                records.append(record)
            if record["status"] == "failed":
                self._report(hook_id, record)
        finally:
            with self._wake:
                self._in_flight -= 1
                self._wake.notify_all()

    def _report(self, hook_id: str, record: Json) -> None:
        """A delivery that failed for good is in the log, and only there."""
        with self._org.lock:
            hook = self._org.hooks.get(hook_id)
            if hook is None:
                return
            reason = f'Hook "{hook["name"]}" execution failed. {record["attempts"][-1]["reason"]}'
            operation = Operation(actor=SYSTEM, uri="")
            event = build(
                operation,
                "event_hook.delivery",
                [hook_target(hook)],
                debug={"eventHookId": hook_id, "deliveryId": record["id"]},
                job=True,
                failure=reason[:255],
            )
            self._org.append(event)
