"""One field of the builder, ready to be drawn."""

from dataclasses import dataclass, field

from provisioning.rules.problems import Path


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str


@dataclass(slots=True)
class Control:
    """`lines`: 0 for a field of one line. `gives` is what a template in it comes to,
    `cannot` why it comes to nothing."""

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
    notes: list[str] = field(default_factory=list)
    gives: str = ""
    cannot: str = ""
    #: how often an event of this type came, in words
    count: str = ""

    @property
    def is_block(self) -> bool:
        return False

    @property
    def id(self) -> str:
        return self.name

    @property
    def gives_lines(self) -> bool:
        return "\n" in self.gives

    @property
    def rows(self) -> int:
        return min(self.lines, 20)

    @property
    def described(self) -> bool:
        """Whether anything stands under the field."""
        return bool(self.help or self.problems or self.gives or self.cannot)
