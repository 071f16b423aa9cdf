"""What answers for event hooks and the log. The lock is held, except while verifying."""

from werkzeug.wrappers import Response

from sandbox.okta import hooks, logs
from sandbox.okta.context import NOTHING, Context
from sandbox.web import json_response


def list_hooks(context: Context) -> Response:
    return json_response([hooks.shown(hook) for hook in context.org.hooks.values()])


def create_hook(context: Context) -> Response:
    hook = hooks.create_hook(context.org, context.caller.operation, context.body())
    return json_response(hooks.shown(hook))


def get_hook(context: Context, hook: str) -> Response:
    return json_response(hooks.shown(context.org.hook(hook)))


def replace_hook(context: Context, hook: str) -> Response:
    found = context.org.hook(hook)
    hooks.replace_hook(context.org, context.caller.operation, found, context.body())
    return json_response(hooks.shown(found))


def delete_hook(context: Context, hook: str) -> Response:
    hooks.delete_hook(context.org, context.caller.operation, context.org.hook(hook))
    return Response(status=NOTHING)


def set_hook_status(context: Context, hook: str, verb: str) -> Response:
    status = "ACTIVE" if verb == "activate" else "INACTIVE"
    found = context.org.hook(hook)
    return json_response(
        hooks.shown(hooks.set_status(context.org, context.caller.operation, found, status))
    )


def verify_hook(context: Context, hook: str) -> Response:
    verified = hooks.verify_hook(
        context.org, context.caller.operation, hook, with_secret=context.verify_with_secret
    )
    return json_response(hooks.shown(verified))


def list_log_events(context: Context) -> Response:
    return logs.list_events(context.org, context.request)
