"""Runs inside the function's own process: import the handler, call it, write the outcome.

Reads {"handler", "event", "context", "root"} from standard input. The file named by the first
argument gets {"value": …} or {"error": {errorMessage, errorType, stackTrace}}; standard output
and error are the function's log. It imports nothing of the sandbox.
"""

import importlib
import json
import sys
import time
import traceback
from pathlib import Path
from typing import Any


class _Context:
    def __init__(self, facts: dict[str, Any]) -> None:
        self.function_name = facts["function_name"]
        self.function_version = facts["function_version"]
        self.invoked_function_arn = facts["invoked_function_arn"]
        self.memory_limit_in_mb = facts["memory_limit_in_mb"]
        self.aws_request_id = facts["aws_request_id"]
        self.log_group_name = f"/aws/lambda/{facts['function_name']}"
        self.log_stream_name = "sandbox"
        self.client_context = None
        self.identity = None
        self._ends_at = time.monotonic() + facts["timeout"]

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._ends_at - time.monotonic()) * 1000))


def main() -> None:
    call = json.load(sys.stdin)
    outcome = _outcome(call)
    Path(sys.argv[1]).write_text(json.dumps(outcome), encoding="utf-8")


def _outcome(call: dict[str, Any]) -> dict[str, Any]:
    module_name, _, function_name = call["handler"].rpartition(".")
    sys.path.insert(0, call["root"])
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # noqa: BLE001  # whatever the function's code raises is its outcome
        message = f"Unable to import module '{module_name}': {error}"
        return _failed("Runtime.ImportModuleError", message)
    handler = getattr(module, function_name, None)
    if handler is None:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        return _failed("Runtime.HandlerNotFound", message)
    try:
        value = handler(call["event"], _Context(call["context"]))
    except Exception as error:  # noqa: BLE001  # whatever the function's code raises is its outcome
        traceback.print_exc()
        return _failed(type(error).__name__, str(error), traceback.format_tb(error.__traceback__))
    try:
        json.dumps(value)
    except (TypeError, ValueError) as error:
        return _failed("Runtime.MarshalError", f"Unable to marshal response: {error}")
    return {"value": value}


def _failed(kind: str, message: str, trace: list[str] | None = None) -> dict[str, Any]:
    return {"error": {"errorMessage": message, "errorType": kind, "stackTrace": trace or []}}


if __name__ == "__main__":
    main()
