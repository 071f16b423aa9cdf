"""Templates in the parameters of steps: text with `{{ expressions }}`, and no tags at all.

Bounded by construction: 8 KB of template per text, 64 KB of result, no loops, few filters.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape as escape_html

from pydantic import BaseModel, JsonValue

from provisioning.rules import expressions
from provisioning.rules.bounds import json_within, storable
from provisioning.rules.expressions import Expression, ExpressionProblem, Reference
from provisioning.rules.filters import FilterProblem, text_of
from provisioning.rules.problems import Finding, Path, path_text

MAX_TEMPLATE = 8 * 1024
MAX_OUTPUT = 64 * 1024
MAX_EXPRESSIONS = 100
#: characters that all filters of one rendering may go through together
MAX_WORK = 1024 * 1024
NUL = "the text has a NUL character in it"
TOO_LARGE = "the result is larger than 64 KB"


class TemplateProblem(ValueError):  # noqa: N818 - reads as what it is
    """A value cannot be rendered. `path` is such as `do[1].with.to`; `message` is a sentence."""

    def __init__(self, path: str, message: str) -> None:
        message = storable(message)  # it may quote what came from outside
        super().__init__(f"{message} (path {path})" if path else message)
        self.path = path
        self.message = message


Piece = str | Expression


@lru_cache(maxsize=512)
def parse(text: str) -> tuple[Piece, ...]:
    """The literal and the computed pieces of a template. Raises ExpressionProblem."""
    if len(text) > MAX_TEMPLATE:
        raise ExpressionProblem("The template is longer than 8 KB.")
    pieces: list[Piece] = []
    rest = text
    while rest:
        literal, opening, rest = rest.partition("{{")
        if "{%" in literal:
            raise ExpressionProblem("Tags `{% … %}` are not available, only `{{ … }}`.")
        if literal:
            pieces.append(literal)
        if opening:
            inside, closing, rest = rest.partition("}}")
            if not closing:
                raise ExpressionProblem("`{{` is not closed by `}}`.")
            pieces.append(expressions.parse(inside.strip()))
    if sum(isinstance(piece, Expression) for piece in pieces) > MAX_EXPRESSIONS:
        raise ExpressionProblem(f"The template has more than {MAX_EXPRESSIONS} expressions.")
    return tuple(pieces)


def literal(value: JsonValue) -> JsonValue:
    """A template that gives exactly this value, whatever its texts hold."""
    if isinstance(value, str):
        parts = (part.replace("{%", '{{ "{%" }}') for part in value.split("{{"))
        return '{{ "{{" }}'.join(parts)
    if isinstance(value, list):
        return [literal(part) for part in value]
    if isinstance(value, dict):
        return {key: literal(part) for key, part in value.items()}
    return value


def is_template(value: JsonValue) -> bool:
    """Whether anything in `value` is computed (or tries to be)."""
    return any("{{" in text or "{%" in text for _, text in texts(value))


def texts(value: JsonValue, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text inside `value` with its path; keys are not rendered, so they are left out."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from texts(part, (*path, index))
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from texts(part, (*path, key))


def findings(value: JsonValue, path: Path) -> Iterator[Finding]:
    """What is wrong with the templates in `value`, found without any data."""
    for place, text in texts(value, path):
        try:
            parse(text)
        except ExpressionProblem as problem:
            yield Finding(place, str(problem))


def references(value: JsonValue, path: Path = ()) -> Iterator[tuple[Path, Reference]]:
    """Every reference in the templates of `value` and where it is; broken templates have none."""
    for place, text in texts(value, path):
        try:
            pieces = parse(text)
        except ExpressionProblem:
            continue
        for piece in pieces:
            if isinstance(piece, Expression):
                for reference in piece.references():
                    yield place, reference


def tables(value: JsonValue, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every lookup table that the templates of `value` read, and where."""
    for place, text in texts(value, path):
        try:
            pieces = parse(text)
        except ExpressionProblem:
            continue
        for piece in pieces:
            if isinstance(piece, Expression):
                for name in piece.tables():
                    yield place, name


def names(value: JsonValue) -> set[str]:
    """The dotted names used, such as `user.profile.email`."""
    return {str(reference) for _, reference in references(value)}


def html_keys(params: type[BaseModel]) -> frozenset[str]:
    """The parameters of an action that are HTML: `json_schema_extra={"rendered_as": "html"}`."""
    return frozenset(
        field.alias or name
        for name, field in params.model_fields.items()
        if isinstance(field.json_schema_extra, dict)
        and field.json_schema_extra.get("rendered_as") == "html"
    )


def render(
    value: JsonValue,
    data: Mapping[str, JsonValue],
    path: Path = (),
    *,
    html: frozenset[str] = frozenset(),
) -> JsonValue:
    """`value` with its templates filled from `data` (root name -> value).

    A text that is one expression alone keeps the type of its value. Under the keys in `html`,
    what is filled in is escaped for HTML. Raises TemplateProblem, and nothing else.
    """
    rendering = _Rendering(data)
    if html and isinstance(value, dict):
        return {
            key: rendering.value(part, (*path, key), escape=key in html)
            for key, part in value.items()
        }
    return rendering.value(value, path)


@dataclass(slots=True)
class _Rendering:
    data: Mapping[str, JsonValue]
    output: int = 0
    work: int = 0

    def value(self, value: JsonValue, path: Path, escape: bool = False) -> JsonValue:
        if isinstance(value, str):
            return self._text(value, path, escape)
        if isinstance(value, list):
            return [self.value(one, (*path, at), escape) for at, one in enumerate(value)]
        if isinstance(value, dict):
            return {key: self.value(one, (*path, key), escape) for key, one in value.items()}
        return value

    def _text(self, text: str, path: Path, escape: bool) -> JsonValue:
        try:
            pieces = parse(text)
            if len(pieces) == 1 and isinstance(pieces[0], Expression) and not escape:
                return self._alone(pieces[0])
            return "".join([self._piece(piece, escape) for piece in pieces])
        except (ExpressionProblem, FilterProblem) as problem:
            raise TemplateProblem(path_text(path), str(problem)) from problem

    def _alone(self, expression: Expression) -> JsonValue:
        value = self._evaluate(expression)
        if isinstance(value, str):
            return self._counted(value)
        text, whole = json_within(value, MAX_OUTPUT)
        if "\\u0000" in text:  # how JSON writes a NUL
            raise ExpressionProblem(NUL)
        self._counted(text if whole else text + " ")
        return value

    def _piece(self, piece: Piece, escape: bool) -> str:
        if isinstance(piece, str):
            return self._counted(piece)
        text = text_of(self._evaluate(piece))
        return self._counted(escape_html(text) if escape else text)

    def _evaluate(self, expression: Expression) -> JsonValue:
        value, work = expressions.evaluate(expression, self.data)
        self.work += work
        if self.work > MAX_WORK:
            raise ExpressionProblem("the filters have more than 1 MB of text to go through")
        return value

    def _counted(self, text: str) -> str:
        if len(text) > MAX_OUTPUT:
            raise ExpressionProblem(TOO_LARGE)
        try:
            self.output += len(text.encode())
        except UnicodeEncodeError as error:
            raise ExpressionProblem("the text has half a surrogate pair in it") from error
        if "\0" in text:
            raise ExpressionProblem(NUL)
        if self.output > MAX_OUTPUT:
            raise ExpressionProblem(TOO_LARGE)
        return text
