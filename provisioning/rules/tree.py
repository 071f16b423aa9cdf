"""The tree of conditions: the shapes that may be written, checked where they are read.

`{all: […]}`, `{any: […]}`, `{not: …}` or `{field, op, value, ignore_case}`.
"""

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    StrictBool,
    Tag,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from provisioning.rules.fields import FIELD_ROOTS
from provisioning.rules.operators import OPERATORS, Needs, instant, is_scalar
from provisioning.rules.patterns import BadPattern, compiled

MAX_FIELD = 200
#: type of our own pydantic errors; their message is already a sentence
SENTENCE = "sentence"
NOT_A_CONDITION = "not_a_condition"


def sentence(message: str, expected: str = "") -> PydanticCustomError:
    # The message goes in as a value: pydantic would read braces in a template as its own.
    return PydanticCustomError(SENTENCE, "{said}", {"said": message, "expected": expected})


class _Node(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Check(_Node):
    """One condition on one field."""

    field: str = Field(
        description="what is looked at, such as `user.profile.department`",
        examples=["user.profile.department"],
    )
    op: str = Field(description="one of the operators below", examples=["equals"])
    value: JsonValue = Field(
        default=None,
        validate_default=True,
        description="what it is compared with; which kind depends on the operator",
        examples=["Marketing"],
    )
    ignore_case: StrictBool = Field(
        default=False, validate_default=True, description="compare text without case"
    )

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(self.field.split("."))

    @field_validator("field")
    @classmethod
    def _known_root(cls, field: str) -> str:
        root, *rest = field.split(".")
        if root not in FIELD_ROOTS:
            raise sentence(f"Unknown field `{field[:80]}`.", f"it to start with {_roots()}")
        if len(field) > MAX_FIELD or not all(part.strip() for part in (root, *rest)):
            raise sentence("The field is not a path of names with a dot between them.")
        if (root == "groups") == bool(rest):
            raise sentence(f"`{field[:80]}` cannot be looked at.", "`groups`, or such as user.id")
        return field

    @field_validator("op")
    @classmethod
    def _known_operator(cls, op: str, info: ValidationInfo) -> str:
        if op not in OPERATORS:
            raise sentence(f"Unknown operator `{op[:80]}`.", f"one of {', '.join(OPERATORS)}")
        field = info.data.get("field", "")
        if field and OPERATORS[op].about_change and not field.startswith("user."):
            raise sentence(f"`{op}` needs a field of the person.", "a field such as user.status")
        if field and (op == "member_of") != (field == "groups") and op == "member_of":
            raise sentence("`member_of` looks at the person's groups.", "`field: groups`")
        return op

    @field_validator("value")
    @classmethod
    def _fits_operator(cls, value: JsonValue, info: ValidationInfo) -> JsonValue:
        operator = OPERATORS.get(info.data.get("op", ""))
        if operator is None:
            return value
        if not fits(operator.needs, value):
            raise sentence(f"`value` does not fit `{info.data['op']}`.", operator.needs)
        if operator.needs is Needs.PATTERN:
            _compile(value)
        return value

    @field_validator("ignore_case")
    @classmethod
    def _case_matters(cls, ignore_case: bool, info: ValidationInfo) -> bool:
        operator = OPERATORS.get(info.data.get("op", ""))
        if ignore_case and operator is not None and not operator.folds_case:
            raise sentence(f"`{info.data['op']}` does not compare text; leave `ignore_case` out.")
        return ignore_case


def _roots() -> str:
    return ", ".join(root if root == "groups" else f"{root}." for root in FIELD_ROOTS)


def fits(needs: Needs, value: JsonValue) -> bool:
    """Whether `value` is of the kind that an operator needs."""
    match needs:
        case Needs.NOTHING:
            return value is None
        case Needs.SCALAR:
            return is_scalar(value)
        case Needs.SCALARS:
            return isinstance(value, list) and bool(value) and all(map(is_scalar, value))
        case Needs.TEXT | Needs.PATTERN:
            return isinstance(value, str) and value != ""
        case Needs.ORDERED:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            return number or instant(value) is not None
        case Needs.NAMES:
            names = value if isinstance(value, list) else [value]
            return bool(names) and all(isinstance(name, str) and name for name in names)


def _compile(pattern: JsonValue) -> None:
    try:
        compiled(str(pattern))
    except BadPattern as error:
        raise sentence(str(error)) from error


class AllOf(_Node):
    """Holds if every one holds."""

    parts: "list[Condition]" = Field(alias="all", min_length=1, max_length=100)


class AnyOf(_Node):
    """Holds if at least one holds."""

    parts: "list[Condition]" = Field(alias="any", min_length=1, max_length=100)


class Negation(_Node):
    """Holds if the one inside does not."""

    part: "Condition" = Field(alias="not")


#: pydantic puts the kind of node into the place of an error; this tells it from a key
TAG = "kind:"
_KINDS: dict[type, str] = {AllOf: "all", AnyOf: "any", Negation: "not", Check: "check"}


def _kind(value: Any) -> str | None:
    if isinstance(value, dict):
        return TAG + next((key for key in ("all", "any", "not") if key in value), "check")
    kind = _KINDS.get(type(value))
    return TAG + kind if kind else None


Condition = Annotated[
    Annotated[AllOf, Tag(TAG + "all")]
    | Annotated[AnyOf, Tag(TAG + "any")]
    | Annotated[Negation, Tag(TAG + "not")]
    | Annotated[Check, Tag(TAG + "check")],
    Discriminator(
        _kind,
        custom_error_type=NOT_A_CONDITION,
        custom_error_message="A condition is a mapping.",
    ),
]
for _model in (AllOf, AnyOf, Negation):
    _model.model_rebuild()
