"""Lambda without Docker: each invocation is a process of its own with the function's environment.

moto keeps the functions (create, update, versions, aliases); only Invoke is answered here.
"""

import base64
import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import LambdaFunction, lambda_backends
from werkzeug.wrappers import Response

from sandbox.aws.calls import Call
from sandbox.aws.errors import error_response
from sandbox.web import Json

BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
LOG_TAIL_BYTES = 4096
SYNC_LIMIT_BYTES = 6 * 1024 * 1024
EVENT_LIMIT_BYTES = 1024 * 1024
#: Lambda repeats a failed asynchronous invocation twice; the real pauses are minutes.
EVENT_RETRIES = 2
EVENT_RETRY_SECONDS = 0.2
FUNCTION_ACCESS_KEY = "AKIASANDBOXFUNCTION0"


@dataclass(frozen=True)
class Outcome:
    payload: bytes
    crashed: bool
    log: bytes


class LambdaRunner:
    def __init__(self) -> None:
        #: Where functions find AWS; known once the server has its port.
        self.endpoint_url = ""

    def respond(self, call: Call, account: str, body: bytes, request_id: str) -> Response:
        """The answer to one Invoke call."""
        try:
            function = self._function(call, account)
        except UnknownFunctionException as error:
            message = str(error.message)
            return error_response(call, 404, "ResourceNotFoundException", message, request_id)
        kind = str(call.parameters.get("InvocationType", "RequestResponse"))
        try:
            event = json.loads(body or b"{}")
        except ValueError as error:
            message = f"Could not parse request body into json: {error}"
            return error_response(call, 400, "InvalidRequestContentException", message, request_id)
        limit = EVENT_LIMIT_BYTES if kind == "Event" else SYNC_LIMIT_BYTES
        if len(body) > limit:
            message = f"{len(body)} byte payload is too large, the limit is {limit} bytes"
            return error_response(call, 413, "RequestTooLargeException", message, request_id)
        response = self._run(function, kind, event, request_id, call)
        response.headers["x-amzn-RequestId"] = request_id
        return response

    def _function(self, call: Call, account: str) -> LambdaFunction:
        backend = lambda_backends[account][call.region]
        return backend.get_function(
            str(call.parameters["FunctionName"]), call.parameters.get("Qualifier")
        )

    def _run(
        self, function: LambdaFunction, kind: str, event: object, request_id: str, call: Call
    ) -> Response:
        if kind == "DryRun":
            return Response(status=204)
        if kind == "Event":
            threading.Thread(
                target=self._run_event, args=(function, event, call.region), daemon=True
            ).start()
            return Response(status=202)
        outcome = self.run(function, event, request_id, call.region)
        response = Response(outcome.payload, status=200, content_type="application/json")
        response.headers["X-Amz-Executed-Version"] = str(function.version)
        if outcome.crashed:
            response.headers["X-Amz-Function-Error"] = "Unhandled"
        if call.parameters.get("LogType") == "Tail":
            tail = outcome.log[-LOG_TAIL_BYTES:]
            response.headers["X-Amz-Log-Result"] = base64.b64encode(tail).decode()
        return response

    def _run_event(self, function: LambdaFunction, event: object, region: str) -> None:
        for attempt in range(1 + EVENT_RETRIES):
            if not self.run(function, event, str(uuid.uuid4()), region).crashed:
                return
            time.sleep(EVENT_RETRY_SECONDS * (attempt + 1))

    def run(self, function: LambdaFunction, event: object, request_id: str, region: str) -> Outcome:
        """Unpack, run, enforce the function's own time-out, read what it left."""
        with tempfile.TemporaryDirectory(prefix="sandbox-lambda-") as folder:
            root, result = Path(folder, "code"), Path(folder, "result.json")
            with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as archive:
                archive.extractall(root)
            started = time.monotonic()
            code, log = _execute(
                [sys.executable, "-I", "-B", str(BOOTSTRAP), str(result)],
                _environment(function, region, self.endpoint_url, root),
                _input(function, event, request_id, root),
                int(function.timeout),
            )
            value = _result(code, result, request_id, int(function.timeout))
        took = (time.monotonic() - started) * 1000
        head = f"START RequestId: {request_id} Version: {function.version}\n".encode()
        report = f"REPORT RequestId: {request_id}\tDuration: {took:.2f} ms\n"
        tail = f"END RequestId: {request_id}\n{report}"
        return Outcome(
            payload=json.dumps(value.get("value", value.get("error"))).encode(),
            crashed="error" in value,
            log=head + log + tail.encode(),
        )


def _environment(
    function: LambdaFunction, region: str, endpoint_url: str, root: Path
) -> dict[str, str]:
    """Only what the function declares, and what Lambda itself sets."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(root),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "LAMBDA_TASK_ROOT": str(root),
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": FUNCTION_ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        **{str(key): str(value) for key, value in function.environment_vars.items()},
    }


def _input(function: LambdaFunction, event: object, request_id: str, root: Path) -> bytes:
    context: Json = {
        "function_name": function.function_name,
        "function_version": str(function.version),
        "invoked_function_arn": function.function_arn,
        "memory_limit_in_mb": function.memory_size,
        "aws_request_id": request_id,
        "timeout": function.timeout,
    }
    call = {"handler": function.handler, "event": event, "context": context, "root": str(root)}
    return json.dumps(call).encode()


def _execute(
    command: list[str], environment: dict[str, str], given: bytes, timeout: int
) -> tuple[int | None, bytes]:
    """Exit code (None after a time-out) and log; ends the whole process group on a time-out."""
    process = subprocess.Popen(  # noqa: S603  # our own interpreter with our own script
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        log, _ = process.communicate(given, timeout=timeout)
        return process.returncode, log
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        log, _ = process.communicate()
        return None, log


def _result(code: int | None, file: Path, request_id: str, timeout: int) -> Json:
    if code is None:
        message = f"RequestId: {request_id} Error: Task timed out after {timeout:.2f} seconds"
        return {"error": {"errorType": "Sandbox.Timedout", "errorMessage": message}}
    if not file.is_file():
        message = f"RequestId: {request_id} Error: Runtime exited with error: exit status {code}"
        return {"error": {"errorType": "Runtime.ExitError", "errorMessage": message}}
    value: Any = json.loads(file.read_text(encoding="utf-8"))
    return dict(value)
