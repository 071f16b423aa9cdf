"""One meaning, one byte string: equal to the reference implementation of RFC 8785."""

import json
from typing import Any

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from audit.canonical import canonical, clean, storable
from audit.codes import ALPHABET, LENGTH, new_code

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1),
    st.text(st.characters(exclude_categories=["Cs"])),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(max_size=4), inner)),
    max_leaves=20,
)


@given(VALUES)
def test_the_bytes_are_those_of_the_reference(value: Any) -> None:
    cleaned = clean(value)
    assert canonical(cleaned) == rfc8785.dumps(cleaned)


@given(st.recursive(st.one_of(SCALARS, st.floats(), st.text(), st.binary(), st.integers()),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))  # fmt: skip
def test_whatever_is_cleaned_can_be_hashed(value: Any) -> None:
    assert canonical(clean(value))


def test_codes_are_twelve_characters_that_can_be_read_out() -> None:
    codes = {new_code() for _ in range(1_000)}
    assert len(codes) == 1_000
    assert {len(code) for code in codes} == {LENGTH}
    assert set("".join(codes)) <= set(ALPHABET)


@given(VALUES)
def test_what_is_stored_comes_back_as_it_was(value: Any) -> None:
    kept = storable(value)
    assert kept == json.loads(json.dumps(kept))
    assert storable(kept) == kept


def test_only_what_json_has_no_word_for_is_stored_otherwise() -> None:
    given = {"a\x00": ["\ud800", 1.5, 2**70, True, None, float("nan"), b"\x01"]}
    assert storable(given) == {"a\ufffd": ["\ufffd", 1.5, 2**70, True, None, "nan", "01"]}
