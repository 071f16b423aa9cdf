"""A call with one event is read twice as fast, and as it would be read slowly."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from provisioning.events import reading
from provisioning.events.walking import read_members
from tests.support.hooks import fixture

NAMES = st.sampled_from(["data", "events", "eventId", "a", 'b"events":[', "\u00e9vents"])
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(['"events":[', "]}", "x"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=8,
)
PIECES = st.sampled_from(
    ['{"data":', '{"events":[', '"events":[', "{}", '{"uuid":"1"}', ",", "]", "}", "]}", "]}}", '"',
     '"data":{', '"source":"s"', "{", "1", '"a":']
)  # fmt: skip


def _same(text: str) -> bool:
    """Whether the quick way knows this text; where it does, both ways have to say the same."""
    quick = reading._read_single(text)
    if quick is None:
        return False
    fields, events = read_members(text)
    call, found = quick
    assert events is not None
    assert [one for _, one in found] == [one for _, one in events]
    assert [json.loads(one) for _, one in events] == [value for value, _ in found]
    assert {**call, "data": 0} == {**json.loads(text), "data": 0}
    assert set(fields) <= set(call)
    return True


def _call(events: list[Any], **more: Any) -> str:
    return json.dumps({**more, "data": {"events": events}}, separators=(",", ":"))


def test_a_recorded_event_is_read_the_quick_way() -> None:
    assert _same(_call([fixture("user.account.update_profile")], eventId="1", source="s"))


@given(st.dictionaries(NAMES, VALUES, max_size=3), st.lists(VALUES, max_size=2))
@example({"data": {"events": [{}]}}, [{"a": 1}])
def test_whatever_is_in_it_both_ways_say_the_same(more: dict[str, Any], events: list[Any]) -> None:
    more.pop("data", None)
    _same(json.dumps({**more, "data": {"events": events}}, separators=(",", ":")))
    _same(json.dumps({"data": {"events": events, **more}}, separators=(",", ":")))


@given(st.lists(PIECES, max_size=12).map("".join))
@example('{"data":{"events":[{}]},"data":{"a":[{}]}}')
@example('{"a":{"events":[{}]},"data":{"a":[]}}')
@example('{"data":{"events":[{}],"a":[]}}')
def test_texts_that_only_look_like_calls_are_left_to_the_slow_way(text: str) -> None:
    _same(text)


@pytest.mark.parametrize(
    "text",
    [
        _call([]),
        _call([{}, {}]),
        _call([1]),
        _call([[{}]]),
        _call([{"a": "\u00e9"}]).replace("\u00e9", "\\u00e9"),
        _call([{"events": []}]),
        _call([{}], about="events").replace("{}", "{} {}"),
        '{"data":{"events":[{}]}',
        '{"data":{"events":[{}]}} ]}',
        '{"data":{"\\u0065vents":[{}]},"a":"\\"events\\":["}',
    ],
)
def test_what_cannot_be_told_is_left_to_the_slow_way(text: str) -> None:
    assert not _same(text)
