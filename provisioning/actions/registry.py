"""The one table of actions. A new action is a class of its own and a line here."""

from difflib import get_close_matches
from typing import Any

from provisioning.actions.aws.lambdas import Invoke
from provisioning.actions.aws.s3 import CreateFolder
from provisioning.actions.aws.s3_delete import DeleteFolder
from provisioning.actions.base import Action
from provisioning.actions.email import SendEmail
from provisioning.actions.slack import PostMessage

_ALL: tuple[Action[Any], ...] = (
    CreateFolder(),
    DeleteFolder(),
    Invoke(),
    SendEmail(),
    PostMessage(),
)

ACTIONS: dict[str, Action[Any]] = {action.name: action for action in _ALL}


class UnknownAction(LookupError):  # noqa: N818 - reads as what it is
    """No action has this name; the message is a sentence that lists near names."""


def get(name: str) -> Action[Any]:
    """The action of this name. Raises UnknownAction."""
    found = ACTIONS.get(name)
    if found is None:
        raise UnknownAction(_sentence(name))
    return found


def action_choices() -> list[tuple[str, str]]:
    """(name, title) of each action, for a model's `choices`; give this function, not its result."""
    return [(action.name, action.title) for action in ACTIONS.values()]


def _sentence(name: str) -> str:
    near = get_close_matches(name, ACTIONS, n=3, cutoff=0.5)
    if near:
        return f"There is no action {name[:80]!r}; did you mean {' or '.join(near)}?"
    return f"There is no action {name[:80]!r}; known are {', '.join(sorted(ACTIONS))}."
