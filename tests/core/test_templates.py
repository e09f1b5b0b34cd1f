"""Rules for every template and style sheet: what the security policy forbids, and what the budget allows."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines

from tests.budget import KB, on_the_wire, static_file

TEMPLATES = Path(settings.BASE_DIR) / "templates"
# Mail programs know no style sheets and no policy: what they get is not a page.
PAGES = sorted(path for path in TEMPLATES.rglob("*.html") if path.relative_to(TEMPLATES).parts[0] != "mail")
COMPONENTS = {path.stem for path in (TEMPLATES / "components").glob("*.html")}
# Parts of the shell: not tags of their own, but on every page.
SHELL = {"brand", "page_header", "page_footer", "tabbar", "theme_switch"}


def named(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=lambda path: str(path.relative_to(TEMPLATES)))


@named(PAGES)
def test_no_style_and_no_script_inside_the_markup(path):
    markup = path.read_text()
    assert re.findall(r"\sstyle\s*=", markup) == []
    assert re.findall(r"<style[\s>]", markup) == []
    assert re.findall(r"\son[a-z]+\s*=\s*[\"']", markup) == []
    assert re.findall(r"hx-on|hx-vals=.js:|javascript:", markup) == []
    scripts = re.findall(r"<script[^>]*>", markup)
    assert [tag for tag in scripts if "src=" not in tag and 'type="application/json"' not in tag] == []


@named(PAGES)
def test_every_template_can_be_read(path):
    engines["django"].from_string(path.read_text())


def test_every_component_is_on_the_style_page():
    guide = "".join(path.read_text() for path in (TEMPLATES / "styleguide").glob("*.html"))
    used = set(re.findall(r"{% (\w+)", guide))
    used |= {"field", "error_summary", "card_face"}  # inside {{ form }} and every tile
    assert COMPONENTS - SHELL - used == set()


def compressed(*names: str) -> int:
    return on_the_wire(*(static_file(name).read_bytes() for name in names))


def test_the_style_sheets_keep_to_their_budget():
    assert compressed("css/tradepost.css", "css/components.css") <= 15 * KB


def test_the_scripts_keep_to_their_budget():
    own = static_file("js/tradepost.js")
    assert own.stat().st_size <= 4 * KB
    assert compressed("django_htmx/htmx-2.min.js", "js/tradepost.js") <= 28 * KB


def test_colours_are_named_once():
    """Only the tokens, and the drawings' ink and paper, spell a colour out."""
    sheet = static_file("css/components.css").read_text()
    spelled = {
        line.strip().split(" ")[0] for line in sheet.splitlines() if re.search(r"#[0-9a-f]{3,6}\b", line)
    }
    assert spelled == {".avatar", ".face"}
