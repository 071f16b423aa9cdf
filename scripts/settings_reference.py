"""Writes the tables of docs/operations.md from the code: `python -m scripts.settings_reference`.

Names and meanings come from .env.example, which a test holds equal to what the code reads;
defaults from the code itself. With `--check` nothing is written; the exit code is 1 if the file
is not up to date.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "operations.md"
BEGIN = "<!-- settings: begin (made by scripts/settings_reference.py, do not edit) -->"
END = "<!-- settings: end -->"
_LINE = re.compile(r"#?([A-Z_]+)=")
_SECTION = re.compile(r"# --- (.+?) -*$")
_COMPOSED = re.compile(r"\$\{([A-Z_]+):([-?])([^}]*)\}")

#: What .env.example leaves to the line above, or says for several lines at once.
SAID = {
    "WEB_HOST": "Address that `manage.py web` listens on.",
    "WEB_PORT": "Port that it listens on.",
    "WEB_WORKERS": "Its processes.",
    "WEB_THREADS": "Threads of each; each holds one database connection.",
    "SESSION_IDLE_MINUTES": "Minutes without use after which a session ends.",
    "SESSION_HOURS": "Hours after which it ends whatever happens.",
    "SLUICE_DATA": "Folder of a running demo, `.sluice` beside `manage.py` if not set; commands "
    "given it reach the demo's database.",
    "OKTA_API_TOKEN": "API token (SSWS), or `env:NAME` of a variable that holds it.",
    "OKTA_CLIENT_ID": "Instead of a token: client id of an OAuth service app.",
    "OKTA_PRIVATE_KEY": "Its RSA key, PEM or JWK, or `env:NAME` of a variable that holds it. "
    "Together with `OKTA_CLIENT_ID` it comes before a token.",
    "OKTA_SCOPES": "The scopes asked for, comma-separated.",
    "OIDC_CLIENT_SECRET": "Where its secret is, as `env:NAME` of another variable; the secret "
    "itself is refused.",
    "AWS_REGION": "Region of all calls.",
    "AWS_ROLE_ARN": "Role that every run assumes. Without one the worker's own identity acts; "
    "its credentials come from the usual places of AWS's SDK.",
    "AWS_EXTERNAL_ID": "External id that the role's trust policy asks for.",
    "SLACK_BOT_TOKEN": "Bot token with `chat:write`, or `env:NAME` of a variable that holds it.",
    "SLACK_BASE_URL": "Where Slack's API is.",
    "EMAIL_URL": "Mail server, such as `smtp+tls://user:password@host:587`.",
    "DEFAULT_FROM_EMAIL": "Sender of all mail.",
    "LOG_LEVEL": "Least severity that is logged: DEBUG, INFO, WARNING, ERROR.",
    "POSTGRES_PASSWORD": "Of PostgreSQL's superuser. Letters and digits only, as with the others: "
    "they become parts of addresses.",
    "SLUICE_OWNER_PASSWORD": "Of the role that owns the tables.",
    "SLUICE_APP_PASSWORD": "Of the role that web, worker and clock use.",
    "REDIS_PASSWORD": "Of Redis.",
    "SLUICE_VERSION": "Tag of the image.",
    "WEB_PUBLISHED_PORT": "Port on 127.0.0.1 under which the portal is reached.",
}


def defaults() -> dict[str, str]:
    """Variable -> its default as Markdown; empty where there is none to show."""
    found = {}
    for path in ("portal/settings.py", "portal/management/commands/web.py"):
        for node in ast.walk(ast.parse((ROOT / path).read_text())):
            if isinstance(node, ast.Call) and (name := _name(node)):
                found[name] = _shown(_default(node))
    for name, kind, text in _COMPOSED.findall((ROOT / "compose.yaml").read_text()):
        found.setdefault(name, f"`{text}`" if kind == "-" else "must be set")
    return found


def _name(call: ast.Call) -> str:
    """The variable that `env.str("NAME", …)` or `os.environ.get("NAME", …)` reads."""
    reader = ast.unparse(call.func)
    if not (re.fullmatch(r"env\.\w+", reader) or reader == "os.environ.get") or not call.args:
        return ""
    first = call.args[0]
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def _default(call: ast.Call) -> ast.expr | None:
    named = [keyword.value for keyword in call.keywords if keyword.arg == "default"]
    return next(iter([*named, *call.args[1:]]), None)


def _shown(default: ast.expr | None) -> str:
    """A constant, a list or a product as it is."""
    if default is None:
        return ""
    try:
        value = ast.literal_eval(default)
    except ValueError:
        value = _product(default)
    if isinstance(value, list):
        value = ",".join(value)
    if isinstance(value, bool):
        value = str(value).lower()
    if value is None:
        return "worked out"
    return f"`{value}`" if value != "" else ""


def _product(default: ast.expr) -> int | None:
    """`5 * 1024`, which `literal_eval` does not take; None for anything else."""
    if isinstance(default, ast.BinOp) and isinstance(default.op, ast.Mult):
        left, right = _product(default.left), _product(default.right)
        return None if left is None or right is None else left * right
    number = default.value if isinstance(default, ast.Constant) else None
    return number if isinstance(number, int) else None


def tables() -> str:
    known = defaults()
    lines: list[str] = []
    for section, rows in _sections():
        unsaid = [name for name, text in rows if not text]
        if unsaid:
            raise ValueError(f"Say in .env.example or in SAID what this is: {', '.join(unsaid)}.")
        lines += ["", f"### {section[0].upper()}{section[1:]}", ""]
        lines += ["| variable | default | meaning |", "|---|---|---|"]
        lines += [f"| `{name}` | {known.get(name, '')} | {text} |" for name, text in rows]
    return "\n".join([*lines, ""])


def _sections() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """(section, its variables with what the comment above them says)"""
    title = ""
    rows: list[tuple[str, str]] = []
    said: list[str] = []
    for line in (ROOT / ".env.example").read_text().splitlines():
        if section := _SECTION.match(line):
            if rows:
                yield title, rows
            title, rows, said = section.group(1), [], []
        elif variable := _LINE.match(line):
            name = variable.group(1)
            rows.append((name, SAID.get(name) or " ".join(said)))
            said = []
        elif line.startswith("# "):
            said.append(line.removeprefix("# ").replace("|", "\\|"))
    yield title, rows


def rewritten(document: str) -> str:
    """The document with the part between the marks made anew. Raises ValueError without marks."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{DOCUMENT} must hold the lines {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


def main(arguments: list[str]) -> int:
    old = DOCUMENT.read_text()
    new = rewritten(old)
    if arguments == ["--check"]:
        return 0 if new == old else 1
    DOCUMENT.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
