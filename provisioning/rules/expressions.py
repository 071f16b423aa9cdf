"""What stands between `{{` and `}}`: Liquid's output expression, read by python-liquid's parser.

Only paths, literals and the listed filters are let through. Evaluating enters mappings and lists,
nothing else, so no attribute of a Python object can be reached.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from liquid import Environment, StrictUndefined
from liquid.builtin.expressions import FilteredExpression, Path, tokenize
from liquid.builtin.expressions.arguments import KeywordArgument, PositionalArgument
from liquid.builtin.expressions.primitive import Literal, Nil
from liquid.exceptions import LiquidError
from liquid.expression import Expression as LiquidExpression
from liquid.stream import TokenStream
from liquid.token import TOKEN_DOT, TOKEN_EXPRESSION, TOKEN_WORD, Token
from pydantic import JsonValue

from provisioning.rules.fields import TEMPLATE_ROOTS, lookup
from provisioning.rules.filters import FILTERS, MAX_TEXT, FilterProblem

MAX_EXPRESSION = 500
MAX_FILTERS = 8
MAX_ELEMENTS = 5_000

#: where the names given to `evaluate` hold the lookup tables; no expression can name it
TABLES = "lookups"

Segments = tuple[str | int, ...]


class ExpressionProblem(ValueError):  # noqa: N818 - reads as what it is
    """An expression cannot be read or has no value; the message is a sentence."""


class _OutputsOnly(Environment):
    """Liquid without a single tag and without any filter of its own."""

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        del extra


_LIQUID = _OutputsOnly(undefined=StrictUndefined, strict_filters=True, autoescape=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """A value by its path, such as `("user", "profile", "email")`."""

    path: Segments

    def __str__(self) -> str:
        text = ""
        for part in self.path:
            text += f"[{part}]" if isinstance(part, int) else f".{part}"
        return text.removeprefix(".")


Operand = Reference | JsonValue


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Expression:
    value: Operand
    calls: tuple[Call, ...]

    def references(self) -> Iterator[Reference]:
        operands = [self.value, *(one for call in self.calls for one in call.arguments)]
        return (operand for operand in operands if isinstance(operand, Reference))

    def tables(self) -> Iterator[str]:
        """The lookup tables it reads."""
        for call in self.calls:
            if FILTERS[call.name].reads_tables:
                yield str(call.arguments[0])


def parse(text: str) -> Expression:
    """Raises ExpressionProblem."""
    if len(text) > MAX_EXPRESSION:
        raise ExpressionProblem(f"An expression is longer than {MAX_EXPRESSION} characters.")
    if text.startswith("-") or text.endswith("-"):
        raise ExpressionProblem("`{{-` and `-}}` are not available; write `{{` and `}}`.")
    try:
        token = Token(TOKEN_EXPRESSION, text, start_index=0, source=text)
        read = FilteredExpression.parse(_LIQUID, TokenStream(_tokens(text, token)))
    except (LiquidError, RecursionError, ValueError) as error:
        said = error.message if isinstance(error, LiquidError) else "too complex"
        raise ExpressionProblem(f"`{text[:80]}` cannot be read: {said}.") from error
    if not isinstance(read, FilteredExpression):
        raise ExpressionProblem("`if … else` inside an expression is not available.")
    calls = tuple(_call(one.name, one.args) for one in read.filters or ())
    if len(calls) > MAX_FILTERS:
        raise ExpressionProblem(f"An expression has more than {MAX_FILTERS} filters.")
    return Expression(_operand(read.left), calls)


def _tokens(text: str, parent: Token) -> Iterator[Token]:
    """After a dot a word is a name, though Liquid knows it as a keyword (`user.profile.limit`)."""
    after_dot = False
    for token in tokenize(text, parent):
        word = after_dot and token.value.isidentifier()
        yield token._replace(kind=TOKEN_WORD) if word else token
        after_dot = token.kind == TOKEN_DOT


def _operand(node: LiquidExpression) -> Operand:
    if isinstance(node, Path):
        return _reference(node)
    if isinstance(node, Nil):
        return None
    if isinstance(node, Literal) and isinstance(node.value, str | bool | int | float):
        return node.value
    raise ExpressionProblem("Ranges, `empty` and `blank` are not available.")


def _reference(node: Path) -> Reference:
    parts: list[str | int] = []
    for part in node.path:
        if isinstance(part, Path):
            raise ExpressionProblem("Inside [ ] only a number or a text in quotes can stand.")
        parts.append(part)
    root = parts[0]
    if root not in TEMPLATE_ROOTS:
        known = ", ".join(TEMPLATE_ROOTS)
        raise ExpressionProblem(f"Unknown name `{root}`; known are {known}.")
    if any(isinstance(part, str) and part.startswith("__") for part in parts):
        raise ExpressionProblem(f"`{node}` cannot be used: names never begin with `__`.")
    return Reference(tuple(parts))


def _call(name: str, arguments: Sequence[KeywordArgument | PositionalArgument]) -> Call:
    if name not in FILTERS:
        raise ExpressionProblem(f"Unknown filter `{name}`; known are {', '.join(FILTERS)}.")
    if any(isinstance(argument, KeywordArgument) for argument in arguments):
        raise ExpressionProblem(f"The filter `{name}` takes no named arguments.")
    fewest, most = FILTERS[name].arguments
    if not fewest <= len(arguments) <= most:
        raise ExpressionProblem(f"The filter is written `{FILTERS[name].usage}`.")
    operands = tuple(_operand(argument.value) for argument in arguments)
    if FILTERS[name].reads_tables and not isinstance(operands[0], str):
        raise ExpressionProblem(f"`{name}` needs the name of a table in quotes.")
    call = Call(name, operands)
    check = FILTERS[name].check
    if check and not any(isinstance(operand, Reference) for operand in operands):
        _guarded(name, check, *operands)
    return call


def _guarded(name: str, run: object, *values: object) -> JsonValue:
    try:
        result: JsonValue = run(*values)  # type: ignore[operator]  # one of the table's functions
    except FilterProblem as problem:
        raise ExpressionProblem(f"Filter `{name}`: {problem}") from problem
    return result


def evaluate(expression: Expression, names: Mapping[str, JsonValue]) -> tuple[JsonValue, int]:
    """The value, never None, and the characters handled. Raises ExpressionProblem."""
    missing = _missing(expression.value)
    value, work = _value(expression.value, names), 0
    for call in expression.calls:
        if value is None and call.name != "default":
            raise ExpressionProblem(missing)
        arguments = [_value(operand, names) for operand in call.arguments]
        for operand, argument in zip(call.arguments, arguments, strict=True):
            if argument is None:
                missing = _missing(operand)
                if call.name != "default":
                    raise ExpressionProblem(missing)
        work += _size(value)
        if FILTERS[call.name].reads_tables:
            arguments.append(names.get(TABLES) or {})
        value = _guarded(call.name, FILTERS[call.name].apply, value, *arguments)
        _size(value)
    if value is None:
        raise ExpressionProblem(missing)
    return value, work


def _missing(operand: Operand) -> str:
    if isinstance(operand, Reference):
        return f"{operand} has no value"
    return "the expression has no value"


def _value(operand: Operand, names: Mapping[str, JsonValue]) -> JsonValue:
    return lookup(names, operand.path) if isinstance(operand, Reference) else operand


def _size(value: JsonValue) -> int:
    if isinstance(value, list):
        if len(value) > MAX_ELEMENTS:
            raise ExpressionProblem(f"a list has more than {MAX_ELEMENTS} elements")
        return len(value)
    size = len(value) if isinstance(value, str) else 1
    if size > MAX_TEXT:
        raise ExpressionProblem("a value is longer than 64 KB")
    return size
