"""The only module that imports boto3 and botocore, and only inside functions: the web process
needs neither."""

import os
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, cast, overload

from django.conf import settings

from provisioning.actions import outgoing
from provisioning.actions.aws.names import role_session_name, source_identity
from provisioning.actions.base import Context

if TYPE_CHECKING:
    from boto3.session import Session
    from botocore.config import Config
    from botocore.loaders import Loader
    from botocore.model import OperationModel, ServiceModel
    from mypy_boto3_lambda.client import LambdaClient
    from mypy_boto3_s3.client import S3Client

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 20.0
ATTEMPTS = 3
#: Seconds that one call may take with all its tries; assuming the role is such a call too.
LONGEST = ATTEMPTS * (CONNECT_TIMEOUT + READ_TIMEOUT)
#: Services whose models a worker loads before it forks.
WARMED = ("s3", "lambda", "sts")

#: AssumeRole with 900 s would be asked again at every call; 3,600 is also the limit for chains.
_ROLE_SECONDS = 3600
#: A session is dropped this long before its credentials end. Without a role the environment's own
#: credentials may rotate, so they are read again after a quarter of an hour.
_ROLE_KEPT = _ROLE_SECONDS - 300
_PLAIN_KEPT = 900
_RUNS_KEPT = 16


@dataclass(frozen=True, slots=True)
class _Run:
    session: "Session"
    valid_until: float


class _Local(threading.local):
    """Sessions are not safe between threads, so each thread has its own."""

    def __init__(self) -> None:
        self.runs: OrderedDict[str, _Run] = OrderedDict()
        self.base: Session | None = None


_local = _Local()


def start_afresh() -> None:
    """Forget all sessions and credentials. A forked child does so: connections are not shared."""
    global _local
    _local = _Local()


os.register_at_fork(after_in_child=start_afresh)


@overload
def client(
    service: Literal["s3"], context: Context, *, read_timeout: float = ..., attempts: int = ...
) -> "S3Client": ...
@overload
def client(
    service: Literal["lambda"], context: Context, *, read_timeout: float = ..., attempts: int = ...
) -> "LambdaClient": ...
def client(
    service: Literal["s3", "lambda"],
    context: Context,
    *,
    read_timeout: float = READ_TIMEOUT,
    attempts: int = ATTEMPTS,
) -> "S3Client | LambdaClient":
    """A new client of the run's session. `attempts` counts tries, not retries.

    Raises botocore's errors when the role cannot be assumed, and Permanent when the configured
    endpoint is not allowed.
    """
    session = _session_of(context)
    config = _config(context, read_timeout=read_timeout, attempts=attempts)
    made = _make(session, service, config)
    return cast("S3Client | LambdaClient", made)


def forget(run: str) -> None:
    """Drop the run's session, so that its next call asks for new credentials."""
    _local.runs.pop(run, None)


def warm() -> None:
    """Load the service models once; children forked later share them."""
    # Never used to send anything: a client cannot be built without credentials being looked for.
    session = _new_session("warm", "warm")
    for service in WARMED:
        session.client(cast("Any", service), region_name=str(settings.AWS_REGION))


def failures() -> tuple[type[Exception], ...]:
    """The classes of all errors that botocore raises for a call."""
    from botocore.exceptions import (  # noqa: PLC0415 - kept out of the web process
        BotoCoreError,
        ClientError,
    )
    from botocore.parsers import ResponseParserError  # noqa: PLC0415 - kept out of the web process

    return ClientError, BotoCoreError, ResponseParserError


def operation(service: str, name: str) -> "OperationModel":
    """botocore's description of one operation, read from its files; needs no network."""
    return _service_model(service).operation_model(name)


@lru_cache(maxsize=16)
def _service_model(service: str) -> "ServiceModel":
    from botocore.model import ServiceModel  # noqa: PLC0415 - kept out of the web process

    description = cast("Mapping[str, Any]", _loader().load_service_model(service, "service-2"))
    return ServiceModel(description, service_name=service)


@lru_cache(maxsize=1)
def _loader() -> "Loader":
    import botocore.session  # noqa: PLC0415 - kept out of the web process

    return cast("Loader", botocore.session.Session().get_component("data_loader"))


def _new_session(
    key_id: str | None = None, secret: str | None = None, token: str | None = None
) -> "Session":
    """A session on the shared, warmed loader, with the environment's credentials if none given."""
    import boto3  # noqa: PLC0415 - kept out of the web process
    import botocore.session  # noqa: PLC0415 - kept out of the web process

    core = botocore.session.Session()
    loader = _loader()
    core.register_component("data_loader", loader)
    session = boto3.Session(
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        aws_session_token=token,
        botocore_session=core,
    )
    # Each session adds boto3's own folder once more to the loader, which all of them share.
    loader.search_paths[:] = dict.fromkeys(loader.search_paths)
    return session


def _session_of(context: Context) -> "Session":
    """The session of this run, with credentials that stay the same for the whole run."""
    runs = _local.runs
    known = runs.get(context.run)
    if known is not None and monotonic() < known.valid_until:
        runs.move_to_end(context.run)
        return known.session
    made = _role_session(context) if settings.AWS_ROLE_ARN else _plain_session()
    runs[context.run] = made
    runs.move_to_end(context.run)
    while len(runs) > _RUNS_KEPT:
        runs.popitem(last=False)
    return made.session


def _plain_session() -> _Run:
    found = _base().get_credentials()
    if found is None:
        from botocore.exceptions import NoCredentialsError  # noqa: PLC0415 - as above

        raise NoCredentialsError
    frozen = found.get_frozen_credentials()
    session = _new_session(frozen.access_key, frozen.secret_key, frozen.token)
    return _Run(session, monotonic() + _PLAIN_KEPT)


def _role_session(context: Context) -> _Run:
    sts = _make(_base(), "sts", _config(context, read_timeout=READ_TIMEOUT, attempts=ATTEMPTS))
    wanted: dict[str, Any] = {
        "RoleArn": str(settings.AWS_ROLE_ARN),
        "RoleSessionName": role_session_name(context),
        "SourceIdentity": source_identity(context),
        "DurationSeconds": _ROLE_SECONDS,
    }
    if settings.AWS_EXTERNAL_ID:
        wanted["ExternalId"] = str(settings.AWS_EXTERNAL_ID)
    given = sts.assume_role(**wanted)["Credentials"]
    session = _new_session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    return _Run(session, monotonic() + _ROLE_KEPT)


def _base() -> "Session":
    """The process's own identity, from the environment's chain."""
    if _local.base is None:
        _local.base = _new_session()
    return _local.base


def _make(session: "Session", service: str, config: "Config") -> Any:
    endpoint = str(settings.AWS_ENDPOINT_URL) or None
    if endpoint is not None:
        outgoing.check(endpoint)
    return session.client(cast("Any", service), endpoint_url=endpoint, config=config)


def _config(context: Context, *, read_timeout: float, attempts: int) -> "Config":
    from botocore.config import Config  # noqa: PLC0415 - kept out of the web process

    endpoint = str(settings.AWS_ENDPOINT_URL)
    product = f"sluice/{settings.VERSION} run/{role_session_name(context)}"
    # A variable or file on the host must not send the calls somewhere else.
    extra: dict[str, Any] = {"ignore_configured_endpoint_urls": True}
    if endpoint:
        extra["s3"] = {"addressing_style": "path"}
    if endpoint and outgoing.is_loopback(endpoint):
        extra["proxies"] = {}
    return Config(
        region_name=str(settings.AWS_REGION),
        retries={"mode": "standard", "total_max_attempts": attempts},
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=read_timeout,
        max_pool_connections=10,
        user_agent_extra=product,
        **extra,
    )
