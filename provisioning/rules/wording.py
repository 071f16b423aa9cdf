"""How mistakes are put into words, the same for rules and for the parameters of actions."""

import difflib
from collections.abc import Iterable

from pydantic import BaseModel
from pydantic_core import ErrorDetails

_KINDS = {"str": "text", "dict": "a mapping", "list": "a list", "NoneType": "nothing",
          "int": "a number", "float": "a number", "bool": "true or false"}  # fmt: skip


_WANTED = {
    "string_type": "text (in quotes if it looks otherwise)",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "bool_type": "true or false",
}


def other(detail: ErrorDetails) -> tuple[str, str]:
    """Message and what was expected, for the kinds of error that need no place to be understood."""
    context = detail.get("ctx", {})
    match detail["type"]:
        case "literal_error":
            return "This value is not available.", str(context["expected"])
        case "too_short":
            return "This list is empty.", "at least one element"
        case "too_long" | "string_too_long":
            return f"This is too long; {context['max_length']} are allowed.", ""
    if wanted := _WANTED.get(detail["type"]):
        return f"This is {_KINDS.get(type(detail['input']).__name__, 'something else')}.", wanted
    message = detail["msg"].removeprefix("Value error, ")
    return message.replace("Input should", "This should").rstrip(".") + ".", ""


def keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def unknown_key(key: str, known: list[str]) -> tuple[str, str]:
    return f"Unknown key `{key[:80]}`.{near(key, known)}", f"one of {', '.join(known)}"


def near(word: str, known: Iterable[str]) -> str:
    """` Did you mean …?`, or nothing."""
    found = difflib.get_close_matches(word, list(known), n=1)
    return f" Did you mean `{found[0]}`?" if found else ""
