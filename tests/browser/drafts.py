"""Drafts of the story: one that says nothing yet, one with every mistake, a very large one."""

from typing import Any

from provisioning.rules import drafts
from tests.browser.stack import MAYA

EMPTY, WRONG, LARGE, HOSTILE_DRAFT = (
    "builder-empty",
    "builder-wrong",
    "builder-large",
    "builder-odd",
)
_DEPARTMENT = "user.profile.department"


def begin() -> None:
    """Inside the site."""
    for name, definition in (
        (EMPTY, {}),
        (WRONG, _wrong()),
        (LARGE, large()),
    ):
        _begin(name, definition)


def begin_hostile(text: str, secret: str) -> None:
    step = {"action": "email.send", "with": {"to": text, "subject": secret, "body": text}}
    check = {"field": f"user.profile.{text}", "op": "equals", "value": text}
    _begin(HOSTILE_DRAFT, {"title": text, "on": [text], "when": check, "do": [step, text]})


def _begin(name: str, definition: dict[str, Any]) -> None:
    draft = drafts.start(None, name=name, actor=MAYA)
    whole = {"name": name, "kind": "event", **definition}
    drafts.save(draft, definition=whole, seen=draft.seen, actor=MAYA)


def _wrong() -> dict[str, Any]:
    """Something wrong in each place that can be wrong."""
    one = {"field": _DEPARTMENT, "op": "equals", "value": "Sales"}
    other = {"field": _DEPARTMENT, "op": "equals", "value": "Marketing"}
    return {
        "title": "Wrong in many ways",
        "on": ["user.lifecycle.activat", "Nonsense"],
        "when": {"all": [one, other, {"field": "", "op": "matches", "value": "("},
                         {"not": {"any": [{"field": "user.status", "op": "gt", "value": "x"}]}},
                         {"not": one}, "what?"]},
        "do": [
            {"id": "folder", "action": "aws.s3.create_folder",
             "with": {"bucket": "Not_A_Bucket!", "key": "{{ user.profile.nothing | shout }}"}},
            {"id": "folder", "action": "aws.lambda.invoke",
             "with": {"timeout": 5000, "success": {"has": "x"}, "colour": "red"}},
            {"id": "note", "action": "no.such.action", "with": {"a": 1}},
            "a step?",
        ],
        "approvals": "nobody",
    }  # fmt: skip


# fmt: off
def large() -> dict[str, Any]:
    """20 conditions in 5 levels, and 5 steps."""
    checks: list[Any] = [
        {"field": f"user.profile.attribute{n}", "op": "in", "value": ["SE", "NO", f"value {n}"]}
        for n in range(20)
    ]
    when: dict[str, Any] = {"any": checks[16:]}
    for kind, begin in (("all", 12), ("any", 8), ("all", 4), ("all", 0)):
        when = {kind: [*checks[begin : begin + 4], when]}
    mail = {"to": "{{ user.profile.email }}",
            "subject": "Hello {{ user.profile.firstName }}",
            "body": "One\\nTwo {{ steps.call.output.body }}", "reply_to": "it@acme.example"}
    call = {"function": "create-s3-folder-function",
            "payload": {"body": {"name": "{{ user.id }}"}},
            "success": {"status_code_below": 300, "has": ["body.folder"]},
            "check": {"s3_object": {"bucket": "team-folders", "key": "{{ user.id }}/"}}}
    return {
        "title": "As large as they get",
        "on": ["user.lifecycle.activate", "user.lifecycle.create"],
        "when": when,
        "do": [
            {"id": "call", "action": "aws.lambda.invoke", "with": call},
            {"id": "mail", "action": "email.send", "with": mail},
            {"id": "folder", "action": "aws.s3.create_folder",
             "with": {"bucket": "team-folders", "key": "{{ user.profile.login }}/"}},
            {"id": "note", "action": "slack.post_message",
             "with": {"channel": "#it", "text": "{{ user.profile.login }}"}},
            {"id": "second", "action": "email.send", "with": mail},
        ],
    }
