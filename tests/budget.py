"""How many bytes travel: for the budgets of pages (14 KB of markup, 15 of style, 28 of scripts)."""

from pathlib import Path

import brotli
from django.contrib.staticfiles import finders

KB = 1024


def static_file(name: str) -> Path:
    found = finders.find(name)
    assert found is not None, f"no static file {name}"
    return Path(found)


def on_the_wire(*contents: bytes) -> int:
    """Bytes after compression (brotli, as the static files are served)."""
    return sum(len(brotli.compress(content)) for content in contents)
