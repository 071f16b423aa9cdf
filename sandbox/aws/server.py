"""The AWS endpoint: faults and journal in front of moto's server, Invoke in front of its Lambda.

moto keeps its state per process, so two sandboxes in one process see the same AWS.
"""

import io
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path

from moto.iam.models import get_account_id_from
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Response

from sandbox.aws import seed
from sandbox.aws.calls import Call, identify
from sandbox.aws.errors import code_for, error_response
from sandbox.aws.journal import Journal
from sandbox.aws.lambdas import LambdaRunner
from sandbox.faults import Fault, FaultBoard
from sandbox.web import Environ, HttpServer, Json, StartResponse, drop_connection

ERROR_CODE_HEADER = "x-amzn-ErrorType"
READ_PREFIXES = ("Get", "Head", "List", "Describe", "Invoke", "Assume")


class _QuietMotoHandler(MotoRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The journal says more than an access log would."""


class Aws:
    """boto3 with `endpoint_url=url` and any keys works against it."""

    def __init__(
        self,
        faults: FaultBoard,
        *,
        port: int = 0,
        journal_file: Path | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.faults = faults
        self.journal = Journal(journal_file)
        self.runner = LambdaRunner()
        self._on_change = on_change
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = HttpServer(self, port, _QuietMotoHandler)
        self.url = self.runner.endpoint_url = self._server.url

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()
        self.journal.close()

    def reset(self) -> None:
        """Back to the seed: its bucket and the functions of examples/lambda."""
        seed.empty()
        seed.fill()
        self.journal.clear()

    def dump(self) -> Json:
        return seed.dump_buckets()

    def load(self, data: Json) -> None:
        seed.load_buckets(data)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        body = _read_body(environ)
        call = identify(environ, body)
        fault = self.faults.take(call.service, call.operation, call.parameters)
        response = self._answer(environ, body, call, fault)
        if fault and fault.drop:
            drop_connection(environ)
        return response(environ, start_response)

    def _answer(self, environ: Environ, body: bytes, call: Call, fault: Fault | None) -> Response:
        request_id = str(uuid.uuid4())
        if fault:
            fault.wait()
        if fault and fault.drop == "before":
            response = Response(status=0)
        elif fault and fault.status:
            code = fault.code or code_for(call, fault.status)
            message = fault.message or "A fault was asked for."
            response = error_response(call, fault.status, code, message, request_id)
            response.headers.extend(fault.headers)
        else:
            response = self._work(environ, body, call, request_id)
        if not (fault and fault.cut):
            self._note(environ, call, fault, response)
        return response

    def _work(self, environ: Environ, body: bytes, call: Call, request_id: str) -> Response:
        if call.service == "lambda" and call.operation == "Invoke":
            account = environ.get("HTTP_X_MOTO_ACCOUNT_ID") or get_account_id_from(call.access_key)
            return self.runner.respond(call, account, body, request_id)
        try:
            chunks, status, headers = run_wsgi_app(self._moto, environ, buffered=True)
        except Exception as error:  # noqa: BLE001  # moto's gaps are exceptions; botocore would retry a 500
            message = f"The stand-in does not offer {call.service}.{call.operation}: {error!r}"
            return error_response(call, 501, "NotImplementedByStandIn", message, request_id)
        response = Response(chunks, status=status, headers=headers)
        if not any(
            name.lower().startswith("x-amz") and "id" in name.lower() for name, _ in headers
        ):
            name = "x-amz-request-id" if call.protocol == "rest-xml" else "x-amzn-RequestId"
            response.headers[name] = request_id
        if response.status_code < 300 and not call.operation.startswith(READ_PREFIXES):
            self._on_change()
        return response

    def _note(self, environ: Environ, call: Call, fault: Fault | None, response: Response) -> None:
        headers = response.headers
        self.journal.add(
            {
                "service": call.service,
                "operation": call.operation,
                "parameters": call.parameters,
                "account": get_account_id_from(call.access_key),
                "access_key": call.access_key,
                "region": call.region,
                "request_id": headers.get("x-amzn-RequestId") or headers.get("x-amz-request-id"),
                "status": response.status_code,
                "code": headers.get(ERROR_CODE_HEADER, ""),
                "fault": fault.id if fault else None,
                "dropped": fault.drop if fault else "",
                "user_agent": environ.get("HTTP_USER_AGENT", ""),
            }
        )


def _read_body(environ: Environ) -> bytes:
    """All of the body, put back for whoever reads it next."""
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        body = stream.read()
    else:
        body = stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return bytes(body)
