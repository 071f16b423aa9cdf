"""`.env.example` names every variable that the code and compose.yaml read, and no other."""

import re

from tests.support.processes import ROOT


def variables(path: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, (ROOT / path).read_text()))


def test_the_example_names_exactly_the_variables_that_are_read() -> None:
    read = variables("portal/settings.py", r"env\.\w+\(\s*\"([A-Z_]+)\"")
    read |= variables("portal/management/commands/web.py", r"environ\.get\(\"([A-Z_]+)\"")
    read |= variables("compose.yaml", r"(?<!\$)\$\{([A-Z_]+)[:}-]")
    assert variables(".env.example", r"(?m)^#?([A-Z_]+)=") == read


def test_no_example_value_is_a_secret() -> None:
    for line in (ROOT / ".env.example").read_text().splitlines():
        name, _, value = line.partition("=")
        if name.endswith(("SECRET_KEY", "_SECRETS", "_TOKEN", "_KEY", "_PASSWORD")):
            assert value == "", name
