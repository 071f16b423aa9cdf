"""Rules from YAML or from stored data, and back. Nothing here reads a file or a database."""

from collections.abc import Sequence

import yaml
from pydantic import JsonValue, ValidationError

from provisioning.rules.checking import check, schema_findings
from provisioning.rules.problems import DefinitionErrors, Finding, Problem, path_text
from provisioning.rules.schema import Definition, StepDefinition
from provisioning.rules.step_checking import Actions
from provisioning.rules.yaml_source import plain, read

__all__ = [
    "Definition",
    "DefinitionErrors",
    "Problem",
    "StepDefinition",
    "data_to_yaml",
    "load_definition",
    "load_rule",
    "to_yaml",
]


def load_rule(text: str, filename: str, *, actions: Actions) -> Definition:
    """The rule in a YAML text. Raises DefinitionErrors with every problem found."""
    source = read(text, filename)
    definition, findings = check(source.data, actions)
    if definition is None:
        problems = [source.problem(one.path, one.message, one.expected) for one in findings]
        raise DefinitionErrors(sorted(problems, key=lambda one: (one.line, one.column)))
    return definition


def load_definition(data: JsonValue, *, actions: Actions | None = None) -> Definition:
    """The rule in plain data, as a form, the API or a stored version has it.

    Without `actions` only the shape is checked: a stored version was checked when it was made,
    and must stay readable when an action gets stricter. Raises DefinitionErrors; its problems
    have no line.
    """
    if actions is not None:
        definition, findings = check(data, actions)
        if definition is None:
            raise _without_lines(findings)
        return definition
    try:
        return Definition.model_validate(data)
    except ValidationError as error:
        raise _without_lines(schema_findings(error)) from error


def _without_lines(findings: Sequence[Finding]) -> DefinitionErrors:
    return DefinitionErrors(
        [Problem("", 0, 0, path_text(one.path), one.message, one.expected) for one in findings]
    )


class _Dumper(yaml.SafeDumper):
    """Indents lists under their key, writes lines as lines, and never an alias."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        del indentless
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


#: characters that YAML 1.1 takes for line breaks; only in double quotes do they stay as they are
_BREAKS = "\r\x85\u2028\u2029"


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    if not isinstance(plain(text), str) or any(mark in text for mark in _BREAKS):
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(definition: Definition) -> str:
    """`load_rule` of the result gives the same definition."""
    return data_to_yaml(definition.canonical())


def data_to_yaml(data: JsonValue) -> str:
    """Plain data, right or wrong, as YAML; reading it gives the same data."""
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    # PyYAML quotes `on` because YAML 1.1 reads it as true; ours is a key, and read as text.
    return text.replace("\n'on':", "\non:", 1)
