"""Contrast of the colour tokens, computed from app.css as WCAG 2.2 defines it."""

import re

import pytest
from django.conf import settings

CSS = (settings.BASE_DIR / "portal/static/portal/app.css").read_text(encoding="utf-8")
TONES = ("ok", "bad", "warn", "run", "hold", "off")
GROUNDS = ("canvas", "surface", "surface-2", "surface-3")


def tokens(theme: str) -> dict[str, str]:
    block = re.search(rf'\[data-bs-theme="{theme}"\] \{{\n(  --canvas.*?)\n\}}', CSS, re.DOTALL)
    assert block is not None
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block[1]))


THEMES = {theme: tokens(theme) for theme in ("light", "dark")}


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_is_21_to_1() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("ink", ["ink", "ink-2", "ink-3", "accent"])
def test_text_can_be_read_on_every_ground(theme: str, ground: str, ink: str) -> None:
    found = THEMES[theme]
    assert contrast(found[ink], found[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("tone", TONES)
def test_a_badge_can_be_read(theme: str, tone: str) -> None:
    found = THEMES[theme]
    assert contrast(found[f"{tone}-text"], found[f"{tone}-bg"]) >= 4.5
    assert contrast(found[f"{tone}-text"], found["surface"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("tone", TONES)
def test_a_fill_stands_out_from_its_panel(theme: str, tone: str) -> None:
    found = THEMES[theme]
    assert contrast(found[f"{tone}-fill"], found["surface"]) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_controls_and_selections_stand_out(theme: str) -> None:
    found = THEMES[theme]
    assert contrast(found["control"], found["surface"]) >= 3
    assert contrast(found["accent-on"], found["accent"]) >= 4.5
    assert contrast(found["accent-on"], found["accent-hover"]) >= 4.5
    assert contrast(found["accent"], found["accent-soft"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", ["code-key", "code-string", "code-number"])
def test_coloured_code_can_be_read(theme: str, name: str) -> None:
    found = THEMES[theme]
    assert contrast(found[name], found["surface"]) >= 4.5


def test_a_dark_page_is_printed_in_the_light_tokens() -> None:
    """Browsers leave the grounds out on paper, and light letters alone cannot be read there."""
    assert re.search(r'@media screen \{\n\[data-bs-theme="dark"\] \{\n  --canvas', CSS)
