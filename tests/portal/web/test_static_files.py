"""collectstatic with hashed names, and everything that templates ask of it."""

import gzip
import re
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.templatetags.static import static
from pytest_django import Settings

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
STATIC = re.compile(r"""\{%\s*static\s+['"]([^'"]+)['"]""")
ICON = re.compile(r"""\{%\s*icon\s+["']([\w-]+)["']""")


def asked_for(pattern: re.Pattern[str]) -> set[str]:
    return {name for path in TEMPLATES for name in pattern.findall(path.read_text())}


def test_every_static_file_of_a_template_gets_a_hashed_name(
    settings: Settings, tmp_path: Path
) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    names = asked_for(STATIC)
    assert "portal/app.css" in names
    for name in {*names, "portal/icons.svg"}:
        url = static(name)
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", url), name
        assert (tmp_path / url.removeprefix(settings.STATIC_URL)).is_file()
    assert list(tmp_path.glob("portal/app.*.css.br"))


def test_every_icon_of_a_template_is_in_the_sprite() -> None:
    sprite = found_file("portal/icons.svg").read_text()
    known = set(re.findall(r'<symbol id="([\w-]+)"', sprite))
    assert asked_for(ICON)
    assert asked_for(ICON) - known == set()


def test_scripts_stay_small() -> None:
    names = ("portal/app.js", "portal/vendor/htmx.min.js", "portal/vendor/hx-ptag.min.js")
    sizes = [len(gzip.compress(found_file(name).read_bytes(), 9)) for name in names]
    assert sizes[0] <= 2_048
    assert sum(sizes) <= 20_480


def test_first_visit_stays_light() -> None:
    """All shared files compressed; a page adds a few KB of its own. The font is compressed."""
    names = ("portal/app.css", "portal/vendor/bootstrap.min.css", "portal/icons.svg")
    sizes = [len(gzip.compress(found_file(name).read_bytes(), 9)) for name in names]
    font = found_file("portal/vendor/inter-latin.woff2").stat().st_size
    assert sum(sizes) + font + 20_480 <= 130_000


def found_file(name: str) -> Path:
    path = finders.find(name)
    assert path is not None, name
    return Path(path)
