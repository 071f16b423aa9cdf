"""How a plan is carried out: from where, with which version, how fast, and which classes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FROM_FAILED_STEP, FROM_START = "failed_step", "start"
SAME_VERSION, CURRENT_VERSION = "same", "current"
SLOWEST, FASTEST = 0.1, 50.0
MOST_IN_A_ROW = 1_000
#: What may be chosen: a class, or one cause within a class as `class:cause`. What is not here can
#: never be run: it was replayed already, its rule is off, or it conflicts with something else.
CHOICES = (
    "would_act",
    "already_so",
    "unclassified",
    "no_longer_valid:later_event",
    "no_longer_valid:person_gone",
    "no_longer_valid:rule_changed",
)


class BadOptions(ValueError):  # noqa: N818 - reads as what it is
    """These options cannot be; the message says what is wrong and what to do, in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`stop_after` failures in a row pause the plan; 0 never does."""

    start: str = FROM_FAILED_STEP
    version: str = SAME_VERSION
    rate: float = 2.0
    stop_after: int = 3
    classes: Sequence[str] = ("would_act",)

    def stored(self) -> dict[str, Any]:
        return {
            "from": self.start,
            "version": self.version,
            "rate": self.rate,
            "stop_after": self.stop_after,
            "classes": sorted(self.classes),
        }

    @property
    def from_start(self) -> bool:
        return self.start == FROM_START

    @property
    def current(self) -> bool:
        return self.version == CURRENT_VERSION

    def chosen(self, klass: str, sub_group: str) -> bool:
        return klass in self.classes or f"{klass}:{sub_group}" in self.classes


def read(stored: Mapping[str, Any]) -> Options:
    """Options as a plan keeps them; those that its kind does not know are as if unchanged."""
    usual = Options().stored() | dict(stored)
    return Options(
        start=usual["from"],
        version=usual["version"],
        rate=usual["rate"],
        stop_after=usual["stop_after"],
        classes=tuple(usual["classes"]),
    )


def checked(options: Options) -> Options:
    """The same options. Raises BadOptions."""
    if options.start not in (FROM_FAILED_STEP, FROM_START):
        raise BadOptions("Choose whether to begin at the failed step or at the start.")
    if options.version not in (SAME_VERSION, CURRENT_VERSION):
        raise BadOptions("Choose the version as it was then, or the current one.")
    if not SLOWEST <= options.rate <= FASTEST:
        raise BadOptions(f"The speed has to lie between {SLOWEST} and {FASTEST:g} a second.")
    if not 0 <= options.stop_after <= MOST_IN_A_ROW:
        raise BadOptions(f"Stop after 1 to {MOST_IN_A_ROW:,} failures in a row, or 0 for never.")
    if not options.classes:
        raise BadOptions("Choose at least one class of items to run.")
    if strange := [one for one in options.classes if one not in CHOICES]:
        raise BadOptions(f"Items of the class {strange[0][:40]} cannot be run.")
    return options
