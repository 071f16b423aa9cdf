"""What is wrong with a draft, and what is doubtful, put next to the field that it is about."""

from collections.abc import Mapping

from pydantic import JsonValue

from portal.builder.controls import Control
from portal.builder.form import Form, Line, Section
from portal.builder.known import Known
from portal.builder.stepping import Actions, StepForm
from portal.masking import masked_text
from provisioning.rules.checking import check
from provisioning.rules.operators import OPERATORS
from provisioning.rules.problems import Finding, Path
from provisioning.rules.reachability import NEVER, never_matches, unreachable
from provisioning.rules.schema import Definition
from provisioning.rules.wording import near

Place = Control | Line | StepForm | Section | Form
_EMPTY = {("on",): "Choose at least one event type.", ("do",): "Add at least one step."}


def mark(
    form: Form, definition: Mapping[str, JsonValue], actions: Actions, known: Known
) -> Definition | None:
    """Put every finding into the form. The definition comes back where nothing is wrong."""
    found, findings = check(dict(definition), actions)
    places = _places(form)
    for finding in findings:
        place = _nearest(places, finding.path) or form
        sentence = masked_text(_sentence(place, finding))
        if sentence not in place.problems:
            place.problems.append(sentence)
    _mark_unreachable(form, places, definition.get("when"))
    for line in form.root.all():
        _tell(line, known)
    for control in form.types:
        if control.value and control.value not in known.types and not control.problems:
            hint = near(control.value, known.types)
            control.notes.append(masked_text(f"No such event has come yet.{hint}"))
    return found


def _places(form: Form) -> dict[Path, Place]:
    places: dict[Path, Place] = {("on",): form.when, ("do",): form.then}
    places |= {line.place: line for line in form.root.all()}
    places |= {step.place: step for step in form.steps}
    for control in form.controls():
        places.setdefault(control.place, control)
    return places


def _nearest(places: Mapping[Path, Place], path: Path) -> Place | None:
    lengths = range(len(path), 0, -1)
    return next((places[path[:length]] for length in lengths if path[:length] in places), None)


def _sentence(place: Place, finding: Finding) -> str:
    if isinstance(place, Section) and finding.path in _EMPTY:
        return _EMPTY[finding.path]
    expected = f" Expected: {finding.expected.rstrip('.')}." if finding.expected else ""
    if isinstance(place, Control) and not place.value.strip():
        return "Fill this in." + ("" if place.help or place.place[-1:] == ("field",) else expected)
    return f"{finding.message}{expected}"


def _mark_unreachable(form: Form, places: Mapping[Path, Place], when: JsonValue) -> None:
    for one in unreachable(when):
        place = _nearest(places, one.at)
        if isinstance(place, Line):
            place.notes.append(masked_text(one.sentence))
    if never_matches(when):
        form.notes.append(NEVER)


def _tell(line: Line, known: Known) -> None:
    """The condition in words, and whether anything stored has its field."""
    subject, op = line.subject, line.op
    if subject is None or op is None or not subject.value or op.value not in OPERATORS:
        return
    if not any(one.problems for one in line.controls()) and not line.problems:
        line.sentence = masked_text(line.said)
    if (doubt := known.doubt(subject.value)) and not subject.problems:
        line.notes.append(masked_text(f"{doubt}{_hint(subject.value, known)}"))


def _hint(field: str, known: Known) -> str:
    """A field of the same place whose last name is nearly the same."""
    place, _, name = field.rpartition(".")
    seen = known.attributes if place.endswith(".profile") else known.names_under(place)
    return near(name, seen)
