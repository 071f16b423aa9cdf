"""Where the pages are of the things that audit entries name."""

from django.urls import NoReverseMatch, reverse

_PAGES = {
    "delivery": "delivery-detail",
    "event": "event-detail",
    "run": "run-detail",
    "failure-group": "failure-detail",
    "rule": "rule-detail",
    "review": "break-glass-detail",
}


def object_url(kind: str, object_id: str) -> str:
    """The page of an object; empty where its kind has none. A step is shown on its run's page."""
    if kind == "step":
        kind, object_id = "run", object_id.partition(".")[0]
    name = _PAGES.get(kind)
    try:
        return reverse(name, args=[object_id]) if name else ""
    except NoReverseMatch:  # an id of an older form, or "unknown"
        return ""
