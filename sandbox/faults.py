"""Faults on request: a status, a delay or a lost answer, for a number of calls."""

import threading
import time
import uuid
from dataclasses import asdict, dataclass, field, fields

from sandbox.web import Json, RefusedInputError

SERVICES = ("okta", "slack", "smtp", "s3", "lambda", "iam", "sts", "sqs", "events", "sso-admin")
DROPS = ("", "before", "after")


@dataclass
class Fault:
    """What happens to the next matching calls.

    service    okta, slack, smtp, or an AWS service by boto3's name
    operation  its name (`PutObject`, `get_user`, `chat.postMessage`, `DATA`), `*` for any
    match      parameters that must be equal, as text: {"Bucket": "team-folders"}
    times      how often; 0 = until cleared
    status     HTTP or SMTP status to answer instead of doing the work; 0 = do the work
    code       error code to answer (`ThrottlingException`, `E0000047`, `ratelimited`)
    delay      seconds to wait first
    drop       `before`: no effect, no answer; `after`: the effect happens, the answer is lost

    `cut` is set by a reset: a call that waits then belongs to a state that is gone.
    """

    service: str
    operation: str = "*"
    match: dict[str, str] = field(default_factory=dict)
    times: int = 1
    status: int = 0
    code: str = ""
    message: str = ""
    delay: float = 0.0
    drop: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    used: int = 0
    cut: bool = False

    def wait(self) -> None:
        if self.delay:
            time.sleep(self.delay)

    def fits(self, service: str, operation: str, parameters: Json) -> bool:
        return (
            self.service == service
            and self.operation in ("*", operation)
            and all(str(parameters.get(key)) == value for key, value in self.match.items())
        )


class FaultBoard:
    """All faults of one sandbox; safe to use from several threads."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._taken: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, spec: Json) -> Fault:
        """Raises RefusedInputError with a sentence when the description is wrong."""
        fault = _read(spec)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self, fault_id: str = "") -> int:
        """Remove one fault, or all; returns how many went."""
        with self._lock:
            before = len(self._faults)
            self._faults = [f for f in self._faults if fault_id and f.id != fault_id]
            return before - len(self._faults)

    def reset(self) -> None:
        """Forget everything; a call still waiting has no effect and gets no answer. Otherwise a
        call of a client that was killed would change the state made after it."""
        with self._lock:
            for fault in self._faults + self._taken:
                fault.drop, fault.status, fault.cut = "before", 0, True
            self._faults, self._taken = [], []

    def listing(self) -> list[Json]:
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def take(self, service: str, operation: str, parameters: Json) -> Fault | None:
        """The first fault that fits, counted down; None when the call is to go its usual way."""
        with self._lock:
            for fault in self._faults:
                if fault.fits(service, operation, parameters):
                    fault.used += 1
                    if fault.delay and fault.used == 1:
                        self._taken.append(fault)
                    if fault.times and fault.used >= fault.times:
                        self._faults.remove(fault)
                    return fault
        return None


def _read(spec: Json) -> Fault:
    known = {f.name for f in fields(Fault)} - {"id", "used", "cut"}
    unknown = sorted(set(spec) - known)
    if unknown:
        raise RefusedInputError(
            f"Unknown fault fields {', '.join(unknown)}; known are {', '.join(sorted(known))}."
        )
    if not spec.get("service"):
        raise RefusedInputError(f"A fault needs a service, for example {', '.join(SERVICES)}.")
    try:
        fault = Fault(
            service=str(spec["service"]),
            operation=str(spec.get("operation") or "*"),
            match={str(k): str(v) for k, v in dict(spec.get("match") or {}).items()},
            times=int(spec.get("times", 1)),
            status=int(spec.get("status") or 0),
            code=str(spec.get("code") or ""),
            message=str(spec.get("message") or ""),
            delay=float(spec.get("delay") or 0),
            drop=str(spec.get("drop") or ""),
            headers={str(k): str(v) for k, v in dict(spec.get("headers") or {}).items()},
        )
    except (TypeError, ValueError) as error:
        raise RefusedInputError(f"A fault field has the wrong type: {error}.") from error
    _check(fault)
    return fault


def _check(fault: Fault) -> None:
    if fault.drop not in DROPS:
        raise RefusedInputError(f"drop is {fault.drop!r}; it can be 'before' or 'after'.")
    if fault.status and not 100 <= fault.status <= 599:
        raise RefusedInputError(f"status is {fault.status}; it can be 100 to 599, or 0 for none.")
    if fault.times < 0 or not 0 <= fault.delay <= 600:
        raise RefusedInputError("times must be 0 or more, and delay 0 to 600 seconds.")
    if not (fault.status or fault.delay or fault.drop):
        raise RefusedInputError("This fault does nothing; give a status, a delay or a drop.")
