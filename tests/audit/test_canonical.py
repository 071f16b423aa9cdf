"""One meaning, one byte string: equal to the reference implementation of RFC 8785."""

from typing import Any

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from audit.canonical import canonical, clean
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
