"""Card names as they are searched and matched: one spelling for all the ways to type them."""

import re
import unicodedata

# What Unicode does not decompose into a letter and an accent.
_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i"}
    | dict.fromkeys("'’‘`´ʼ", "")  # "jhoiras familiar" is how people type it
)
_PUNCTUATION = re.compile(r"[\W_]+")


def search_name(name: str) -> str:
    """`name` in lower case, without accents, apostrophes or punctuation, words one space apart.

    "Lim-Dûl's Vault" → "lim duls vault", "Fire // Ice" → "fire ice". A name of nothing but
    punctuation ("_____") stays as it is, so that it can be found at all.
    """
    folded = name.casefold().translate(_LETTERS)
    if not folded.isascii():
        decomposed = unicodedata.normalize("NFKD", folded)
        folded = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _PUNCTUATION.sub(" ", folded).strip() or name.strip().lower()


def front_face(name: str) -> str:
    """The first of a double-faced card's two names: "Fire" of "Fire // Ice"; any other name whole."""
    return name.partition("//")[0].strip()
