"""A mail server that delivers to a list."""

import asyncio
import socket
import threading
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.faults import Fault, FaultBoard
from sandbox.web import LOOPBACK, Json, bind

MAX_BYTES = 10 * 1024 * 1024


class _Controller(Controller):
    """aiosmtpd cannot listen on port 0, so it gets a socket that is bound already."""

    def __init__(self, handler: "Mail", bound: socket.socket) -> None:
        self._bound = bound
        super().__init__(
            handler, hostname=LOOPBACK, port=bound.getsockname()[1], data_size_limit=MAX_BYTES
        )

    def _create_server(self) -> Any:  # aiosmtpd's signature
        return self.loop.create_server(self._factory_invoker, sock=self._bound)


class Mail:
    """Mails: from, to, recipients (envelope), subject, message_id, text, html, headers, at."""

    def __init__(self, faults: FaultBoard, port: int = 0) -> None:
        self._faults = faults
        self._mails: list[Json] = []
        self._lock = threading.Lock()
        bound = bind(port)
        self.host, self.port = LOOPBACK, int(bound.getsockname()[1])
        self._controller = _Controller(self, bound)

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop(no_assert=True)

    def mails(self, recipient: str = "") -> list[Json]:
        """Oldest first."""
        with self._lock:
            return [m for m in self._mails if not recipient or recipient in m["recipients"]]

    def reset(self) -> None:
        with self._lock:
            self._mails.clear()

    def dump(self) -> list[Json]:
        return self.mails()

    def load(self, mails: list[Json]) -> None:
        with self._lock:
            self._mails = list(mails)

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        fault = await self._fault("MAIL", {"from": address})
        if fault:
            return _end(server, fault)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        fault = await self._fault("RCPT", {"to": address})
        if fault:
            return _end(server, fault)
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  # aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        fault = await self._fault("DATA", {"from": envelope.mail_from or ""})
        if fault and (fault.drop == "before" or fault.status):
            return _end(server, fault)
        mail = _parse(envelope)
        with self._lock:
            self._mails.append(mail)
        return _end(server, fault) if fault and fault.drop else "250 Message accepted"

    async def _fault(self, operation: str, parameters: Json) -> Fault | None:
        fault = self._faults.take("smtp", operation, parameters)
        if fault:
            await asyncio.sleep(fault.delay)
        return fault if fault and (fault.status or fault.drop) else None


def _end(server: SMTP, fault: Fault) -> str:
    """The refusal, or a closed connection."""
    if fault.drop and isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()
    return f"{fault.status or 421} {fault.message or 'A fault was asked for'}"


def _parse(envelope: Envelope) -> Json:
    content = cast("bytes", envelope.content)
    message = message_from_bytes(content, policy=policy.default)
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    return {
        "from": str(message.get("From", envelope.mail_from or "")),
        "to": str(message.get("To", "")),
        "recipients": list(envelope.rcpt_tos),
        "subject": str(message.get("Subject", "")),
        "message_id": str(message.get("Message-ID", "")),
        "text": plain.get_content() if plain else "",
        "html": html.get_content() if html else "",
        "headers": [[name, str(value)] for name, value in message.items()],
        "at": datetime.now(UTC).isoformat(),
    }
