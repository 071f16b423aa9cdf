"""What pages call the classes and causes of a plan's items."""

from collections.abc import Mapping

#: cause -> what it says of the items that have it
CAUSES: Mapping[str, str] = {
    "replayed": "Replayed already",
    "not_finished": "The run is not finished",
    "in_plan": "Another released plan has them too",
    "rule_off": "The rule is off",
    "rule_changed": "The rule was changed since; choose the current version to run them",
    "not_matched": "The current version of the rule does not match the event",
    "person_gone": "The person left since",
    "later_event": "A later event of the person was dealt with by the same rule",
    "nothing_left": "Every step is done already",
    "seen": "The target was read: it is so already",
    "not_seen": "The target could not be read",
    "not_rendered": "The parameters cannot be filled in",
    # of an undo
    "cannot": "It cannot be taken back",
    "not_ours": "It was so before; this run did not do it",
    "undone": "Another plan has undone it, or is about to",
    "changed": "It has changed since",
    "gone": "The step is not kept any more",
}


def cause(sub_group: str) -> str:
    return CAUSES.get(sub_group) or sub_group.replace("_", " ").capitalize()
