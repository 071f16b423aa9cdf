"""What the Content-Security-Policy would block, and what would mark hostile text as safe."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = settings.BASE_DIR
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MODULES = sorted((ROOT / "portal").rglob("*.py"))
FORBIDDEN_IN_TEMPLATES = {
    "a style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "a <style> element": re.compile(r"<style", re.IGNORECASE),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE),
    "an event handler": re.compile(r"\son[a-z]+\s*=", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "text-secondary, too pale in dark mode": re.compile(r"\btext-secondary\b"),
    "text marked as safe": re.compile(r"\|\s*safe\b|\{%\s*autoescape\s+off|\|\s*safeseq\b"),
    "htmx that needs eval": re.compile(r"hx-on|hx-vals\s*=\s*.js:|every \d+s ?\["),
    "htmx outside the allowed words": re.compile(r"hx-(boost|confirm|headers|ext)\b"),
    "a link that leads nowhere": re.compile(r'href="#"'),
}


def findings(text: str) -> list[str]:
    return [name for name, pattern in FORBIDDEN_IN_TEMPLATES.items() if pattern.search(text)]


def test_there_are_templates_to_look_at() -> None:
    assert ROOT / "templates" / "base.html" in TEMPLATES


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_nothing_inline(path: Path) -> None:
    assert findings(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "text",
    [
        '<p style="color:red">', "<script>x()</script>", '<a onclick="x()">', "{{ name|safe }}",
        '<a href="javascript:x()">', '<p class="text-secondary">', '<a href="#">', "<style>",
        '<p hx-on="x">', "{% autoescape off %}",
    ],
)  # fmt: skip
def test_the_search_finds_what_is_forbidden(text: str) -> None:
    assert findings(text)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_module_marks_text_as_safe(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"mark_safe\s*\(|SafeString\s*\(|import mark_safe", text)
