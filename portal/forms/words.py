"""What stands in a filter form, in words."""

from portal.forms.filters import FilterForm, Menu

_LABELS = {"size": "Rows", "q": "Search", "since": "Since", "from": "From", "to": "Before"}


def label(form: FilterForm, name: str) -> str:
    return _LABELS.get(name) or str(form.fields[name].label)


def value(form: FilterForm, name: str, value: str) -> str:
    """`24 h` for 24h, and the label of what was chosen in a menu."""
    known = form.fields[name]
    if isinstance(known, Menu):
        return dict(known.pairs()).get(value, value)
    return f"{value[:-1]} {value[-1]}" if name == "since" else value


def problems(form: FilterForm) -> list[str]:
    """A sentence for everything that is wrong, with the name of its field."""
    return [
        f"{label(form, name)}: {error}" if name in form.fields else str(error)
        for name, errors in form.errors.items()
        for error in errors
    ]
