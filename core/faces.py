"""Drawn faces: what stands for a card without a picture and for a person.

The same name always gets the same drawing. Only one colour is chosen here, the hue; the style
sheet mixes every shade of it from `currentColor`, so both themes are served by one drawing.
"""

from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

TITLE_LENGTH = 20  # what fits into the title band of the drawing
_GROUND = 62  # where the drawn landscape ends


@dataclass(frozen=True, slots=True)
class CardFace:
    """A landscape in a frame of 63 × 88: a sun over two ridges.

    Numbers come as text: a template would first ask for each how the reader's country writes it.
    """

    hue: str  # degrees on the oklch wheel
    title: str
    sun: tuple[str, str, str]  # x, y, radius
    back: str  # path of the far ridge
    front: str  # path of the near ridge


@lru_cache(maxsize=4096)
def card_face(name: str, set_code: str) -> CardFace:
    """The drawing of a printing: colour by set, landscape by name."""
    seed = crc32(name.encode())
    title = name if len(name) <= TITLE_LENGTH else name[: TITLE_LENGTH - 1].rstrip() + "…"
    return CardFace(
        hue=hue_of(set_code.lower()),
        title=title,
        sun=(str(14 + seed % 36), str(22 + (seed >> 6) % 14), str(5 + (seed >> 10) % 5)),
        back=_ridge(seed >> 3, 34, 16),
        front=_ridge(seed >> 9, 46, 12),
    )


def hue_of(text: str) -> str:
    """A hue for a text, in steps of 15°: near colours read as the same colour."""
    return str(crc32(text.encode()) % 24 * 15)


def initials(name: str) -> str:
    """One or two letters for an avatar: `mossy bridge` MB, `inkwell_ana` IA, `bob` B."""
    words = [word for word in name.replace("_", " ").replace("-", " ").replace(".", " ").split() if word]
    return "".join(word[0] for word in words[:2]).upper() or "?"


def _ridge(seed: int, top: int, spread: int) -> str:
    """A closed path from the left to the right edge of the art: hills, peaks or steps."""
    heights = [top + (seed >> shift) % spread for shift in (0, 4, 8, 12, 16)]
    a, b, c, d, e = heights
    shapes = (
        f"M4 {a}Q12 {b - 8} 22 {c}T40 {d}T59 {e}",
        f"M4 {a}L16 {b - 6}L25 {c + 4}L38 {d - 8}L48 {a + 3}L59 {e}",
        f"M4 {a}C18 {b - 10} 24 {c + 8} 34 {d}S50 {b + 6} 59 {e}",
    )
    return f"{shapes[seed % 3]}V{_GROUND}H4z"
