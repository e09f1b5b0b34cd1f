"""Draw the site's icons again: `manage.py drawicons` writes static/icons/*.png from the mark's geometry.

The mark is two cards, what you give and what you get, and what they share. The same shapes are in
static/icons/mark.svg and templates/components/brand.html; change all three together.
"""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from PIL import Image, ImageChops, ImageDraw

GRID = 32  # the mark is drawn on 32 × 32
GIVE, GET, BOTH, PAPER = "#9a2f7b", "#0f6e6b", "#3f57c4", "#ffffff"
CARDS = ((3, 3, 20, 25), (12, 7, 29, 29))  # left, top, right, bottom
RADIUS = 3.5
FINER = 4  # drawn larger and scaled down, for smooth edges


class Command(BaseCommand):
    help = "Draw static/icons/*.png again."

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.BASE_DIR) / "static" / "icons"
        for name, size, share in (
            ("icon-180", 180, 0.74),
            ("icon-192", 192, 0.86),
            ("icon-512", 512, 0.86),
            ("icon-maskable-512", 512, 0.58),  # launchers cut the outer fifth off
        ):
            draw_icon(size, share).save(folder / f"{name}.png", optimize=True)
            self.stdout.write(f"{name}.png")


def draw_icon(size: int, share: float) -> Image.Image:
    """The mark on paper; `share` is how much of the width it takes."""
    canvas = size * FINER
    scale = canvas * share / GRID
    offset = (canvas - GRID * scale) / 2
    give, get = (_card(canvas, card, scale, offset) for card in CARDS)
    image = Image.new("RGB", (canvas, canvas), PAPER)
    image.paste(GIVE, mask=give)
    image.paste(GET, mask=get)
    image.paste(BOTH, mask=ImageChops.multiply(give, get))
    return image.resize((size, size), Image.Resampling.LANCZOS).quantize(64)


def _card(canvas: int, box: tuple[int, int, int, int], scale: float, offset: float) -> Image.Image:
    """One card as a mask."""
    mask = Image.new("L", (canvas, canvas))
    corners = [offset + side * scale for side in box]
    ImageDraw.Draw(mask).rounded_rectangle(corners, RADIUS * scale, fill=255)
    return mask
