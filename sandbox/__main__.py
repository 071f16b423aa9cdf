"""python -m sandbox: all stand-ins until interrupted; one JSON line says where they are."""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from sandbox.server import Sandbox
from sandbox.web import PortTakenError, RefusedInputError


def main() -> int:
    arguments = _parser().parse_args()
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    try:
        sandbox = Sandbox(
            arguments.data,
            okta_port=arguments.okta_port,
            aws_port=arguments.aws_port,
            smtp_port=arguments.smtp_port,
        )
        with sandbox:
            sys.stdout.write(json.dumps(sandbox.addresses()) + "\n")
            sys.stdout.flush()
            stopping.wait()
    except (PortTakenError, RefusedInputError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--data", type=Path, default=None, help="folder to keep the state in")
    for name, what in (("okta", "Okta, Slack and the page"), ("aws", "AWS"), ("smtp", "mail")):
        parser.add_argument(
            f"--{name}-port", type=_port, default=0, help=f"port of {what}; 0 = any free one"
        )
    return parser


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; use 0 to 65535")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
