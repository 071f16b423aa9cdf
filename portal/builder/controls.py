"""One field of the builder, ready to be drawn."""

from dataclasses import dataclass, field

from provisioning.rules.problems import Path


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str


@dataclass(slots=True)
class Control:
    """`lines`: 0 for a field of one line. `gives` is what a template in it comes to."""

    name: str
    value: str
    label: str = ""
    place: Path = ()
    help: str = ""
    example: str = ""
    required: bool = False
    lines: int = 0
    options: list[Option] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    gives: str = ""
    pending: bool = False

    @property
    def is_block(self) -> bool:
        return False

    @property
    def id(self) -> str:
        return self.name
