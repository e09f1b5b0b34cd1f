"""What counts as text that somebody can see."""

import unicodedata

# Letters and symbols by Unicode's book that draw nothing at all.
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# Controls, format characters, separators, surrogates; variation selectors are caught by their range.
_BLANK_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Cs", "Zl", "Zp", "Zs"})


def is_invisible(text: str) -> bool:
    """Whether `text` would show as nothing: empty, spaces, zero-width and filler characters only."""
    return all(_draws_nothing(character) for character in text)


def _draws_nothing(character: str) -> bool:
    return (
        character in _BLANK_LETTERS
        or "\ufe00" <= character <= "\ufe0f"
        or unicodedata.category(character) in _BLANK_CATEGORIES
    )


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can keep `text`: no NUL, no half of a surrogate pair."""
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
