"""The words of each site for condition, language and finish, and what they mean here.

Sites use the same word for different things ("played"), so each has its own list; a word that is
not on it is an error, because a guess about a stranger's card is worse than a question.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from cards.models import Condition, Finish, Language

_LONGEST_WORD = 60  # what is longer is on no list, and must not be remembered
_NM, _LP, _MP, _HP, _DMG = Condition.NM, Condition.LP, Condition.MP, Condition.HP, Condition.DMG


def folded(word: str) -> str:
    """Lower case, without spaces and underscores: the keys of the lists below."""
    return _folded(word[:_LONGEST_WORD])


@lru_cache(maxsize=1_000)
def _folded(word: str) -> str:
    return re.sub(r"[\s_]+", "", word.casefold())


_LANGUAGES_BY_NAME: dict[str, str] = {
    "english": Language.EN,
    "german": Language.DE,
    "french": Language.FR,
    "italian": Language.IT,
    "spanish": Language.ES,
    "portuguese": Language.PT,
    "japanese": Language.JA,
    "korean": Language.KO,
    "russian": Language.RU,
    "chinese": Language.ZHS,
    "simplifiedchinese": Language.ZHS,
    "chinesesimplified": Language.ZHS,
    "traditionalchinese": Language.ZHT,
    "chinesetraditional": Language.ZHT,
    "hebrew": Language.HE,
    "latin": Language.LA,
    "ancientgreek": Language.GRC,
    "arabic": Language.AR,
    "sanskrit": Language.SA,
    "phyrexian": Language.PH,
    "quenya": Language.QYA,
}
_LANGUAGES_BY_CODE: dict[str, str] = {
    **{str(code): code for code in Language},
    "zhcn": Language.ZHS,
    "zhtw": Language.ZHT,
    "sp": Language.ES,
    "jp": Language.JA,
    "kr": Language.KO,
    "cs": Language.ZHS,
    "ct": Language.ZHT,
}
# The American scale, by words and by letters.
_GRADES: dict[str, str] = {
    "mint": _NM,
    "nearmint": _NM,
    "nm": _NM,
    "lightlyplayed": _LP,
    "lp": _LP,
    "moderatelyplayed": _MP,
    "mp": _MP,
    "heavilyplayed": _HP,
    "hp": _HP,
    "damaged": _DMG,
    "dmg": _DMG,
    "d": _DMG,
}
_DECKBOX_GRADES = {
    **_GRADES,
    "excellent": _LP,
    "good(lightlyplayed)": _LP,
    "played": _MP,
    "poor": _DMG,
}
# The European scale. Its "good" is commonly traded as MP and its "played" as HP; "light played"
# is taken at its word.
_EUROPEAN_GRADES: dict[str, str] = {
    "mint": _NM,
    "nearmint": _NM,
    "excellent": _LP,
    "lightplayed": _LP,
    "good": _MP,
    "played": _HP,
    "poor": _DMG,
}
_FINISHES: dict[str, str] = {
    "normal": Finish.NONFOIL,
    "foil": Finish.FOIL,
    "etched": Finish.ETCHED,
    "etchedfoil": Finish.ETCHED,
    "foiletched": Finish.ETCHED,
}
# Where an empty cell is how a site writes "not foil".
_FINISHES_OR_EMPTY = {**_FINISHES, "": Finish.NONFOIL}
_FLAGS: dict[str, bool] = {
    **dict.fromkeys(("", "false", "no", "0"), False),
    **dict.fromkeys(("true", "yes", "1", "signed", "proof", "altered", "misprint", "proxy"), True),
}


@dataclass(frozen=True, slots=True)
class Words:
    """One site's vocabulary. "" in a list says what an empty cell means; else it says nothing."""

    conditions: Mapping[str, str]
    languages: Mapping[str, str]
    finishes: Mapping[str, str]
    names_foils: bool = False  # writes "Galaxy Foil", "Raised Foil", … for foil

    def condition(self, cell: str) -> str | None:
        """None if the cell does not say; KeyError if the word is unknown. So the other three."""
        return _meaning(self.conditions, cell)

    def language(self, cell: str) -> str | None:
        return _meaning(self.languages, cell)

    def finish(self, cell: str) -> str | None:
        if self.names_foils and folded(cell).endswith("foil") and folded(cell) not in self.finishes:
            return Finish.FOIL
        return _meaning(self.finishes, cell)

    def flag(self, cell: str) -> bool:
        return _FLAGS[folded(cell)]


def _meaning(words: Mapping[str, str], cell: str) -> str | None:
    word = folded(cell)
    return words[word] if word or word in words else None


DECKBOX = Words(_DECKBOX_GRADES, _LANGUAGES_BY_NAME, _FINISHES_OR_EMPTY)
MOXFIELD = Words(_DECKBOX_GRADES, _LANGUAGES_BY_NAME, _FINISHES_OR_EMPTY)
MANABOX = Words(_EUROPEAN_GRADES, _LANGUAGES_BY_CODE, _FINISHES)
ARCHIDEKT = Words(_GRADES, _LANGUAGES_BY_CODE, _FINISHES)
DRAGON_SHIELD = Words(_EUROPEAN_GRADES, _LANGUAGES_BY_NAME, _FINISHES, names_foils=True)
TCGPLAYER = Words(_GRADES, _LANGUAGES_BY_NAME, _FINISHES, names_foils=True)
# Our own export, which says "nonfoil".
TRADEPOST = Words(_GRADES, _LANGUAGES_BY_CODE, {**_FINISHES, "nonfoil": Finish.NONFOIL})
# A table that somebody made by hand: whatever is clear.
ANY = Words(
    {**_EUROPEAN_GRADES, **_DECKBOX_GRADES},
    {**_LANGUAGES_BY_CODE, **_LANGUAGES_BY_NAME},
    {
        **_FINISHES,
        **dict.fromkeys(("nonfoil", "non-foil", "regular", "false", "no", "0"), Finish.NONFOIL),
        **dict.fromkeys(("true", "yes", "1"), Finish.FOIL),
    },
    names_foils=True,
)
