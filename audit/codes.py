"""Short public codes: what stands in URLs instead of row numbers."""

import os

# Crockford's base 32: no I, L, O, U, so that a code can be read out on the phone.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
PATTERN = f"[{ALPHABET}]{{{LENGTH}}}"
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]


def new_code() -> str:
    """60 random bits as 12 characters."""
    number = int.from_bytes(os.urandom(8))
    return "".join([_PAIRS[number >> shift & 1023] for shift in (50, 40, 30, 20, 10, 0)])
