"""What differs between two values, as plain data with a path for each difference."""

from collections.abc import Iterator
from typing import Any

#: Stands for "there is none", which null is not.
_NONE = object()


def differences(before: Any, after: Any) -> list[dict[str, Any]]:
    """`{path, kind, before, after}` for each; kind is added, removed or changed."""
    return list(_walk("", before, after))


def _walk(path: str, before: Any, after: Any) -> Iterator[dict[str, Any]]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            inner = f"{path}.{key}" if path else str(key)
            yield from _walk(inner, before.get(key, _NONE), after.get(key, _NONE))
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            yield from _walk(f"{path}[{index}]", _at(before, index), _at(after, index))
    elif before is _NONE:
        yield {"path": path, "kind": "added", "after": after}
    elif after is _NONE:
        yield {"path": path, "kind": "removed", "before": before}
    elif type(before) is not type(after) or before != after:
        yield {"path": path, "kind": "changed", "before": before, "after": after}


def _at(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else _NONE
