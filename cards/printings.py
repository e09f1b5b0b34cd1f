"""What one object of Scryfall's bulk data says of a printing and of its prices."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from cards.models import Card, Finish, Language, Rarity
from cards.names import search_name

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_PRICE = re.compile(r"[0-9]{1,8}(\.[0-9]{1,2})?")
_LONGEST = {field.name: field.max_length or 0 for field in Card._meta.concrete_fields}
_LANGUAGES = {language.value: language.value for language in Language} | {"px": Language.PH.value}
_RARITIES = frozenset(Rarity.values)
_PRICE_KEYS = {
    Finish.NONFOIL.value: "{}",
    Finish.FOIL.value: "{}_foil",
    Finish.ETCHED.value: "{}_etched",
}


class RefusedRow(Exception):  # noqa: N818
    """This row cannot be taken; `code` for programs, `detail` for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Printing(NamedTuple):
    """The columns of a Card, in the order in which they are copied in."""

    scryfall_id: str
    oracle_id: str | None
    name: str
    search_name: str
    set_code: str
    set_name: str
    collector_number: str
    rarity: str
    languages: list[str]
    finishes: list[str]
    image_uri: str
    released_at: date | None


def is_digital(row: Any) -> bool:
    """Printings that exist only in a game on a screen are nobody's to trade."""
    return isinstance(row, dict) and row.get("digital") is True


def printing_of(row: Any) -> Printing:
    """The printing; raises RefusedRow if the row is no card, or lacks what a card must have."""
    if not isinstance(row, dict) or row.get("object", "card") != "card":
        raise RefusedRow("not_a_card", _("this is not a card"))
    faces = row.get("card_faces")
    front = faces[0] if isinstance(faces, list) and faces and isinstance(faces[0], dict) else {}
    name = _text(row, "name", "name", _joined_names(faces))
    return Printing(
        scryfall_id=_uuid(row, "id"),
        # Reversible cards have it on their faces only.
        oracle_id=_uuid(row if row.get("oracle_id") else front, "oracle_id", required=False),
        name=name,
        search_name=search_name(name)[: _LONGEST["name"]],
        set_code=_text(row, "set", "set_code").lower(),
        set_name=_text(row, "set_name", "set_name"),
        collector_number=_text(row, "collector_number", "collector_number"),
        rarity=_one_of(row, "rarity", _RARITIES),
        languages=[_language(row)],
        finishes=_finishes(row),
        image_uri=_image(row) or _image(front),
        released_at=_day(row),
    )


def prices_of(row: Mapping[str, Any], finishes: list[str]) -> list[Decimal | None]:
    """The prices in site currency for nonfoil, foil, etched; None where there is none.

    `row` passed `printing_of`. Raises RefusedRow `price_invalid`.
    """
    prices = row.get("prices")
    if not isinstance(prices, dict):
        return [None, None, None]
    currency = settings.SITE_CURRENCY.lower()
    return [
        price_of(prices.get(key.format(currency)) or "0") if finish in finishes else None
        for finish, key in _PRICE_KEYS.items()
    ]


def price_of(text: Any) -> Decimal | None:
    """A price, None for 0: that is how exports write "no price". Raises RefusedRow `price_invalid`."""
    if not isinstance(text, str) or not _PRICE.fullmatch(text):
        detail = _("price: %r is not an amount such as 4.50, at most 99,999,999.99")
        raise RefusedRow("price_invalid", detail % text)
    return Decimal(text) or None


def scryfall_id_of(text: Any) -> str:
    """A Scryfall id in lower case; raises RefusedRow `id_invalid`."""
    return _uuid({"scryfall_id": text}, "scryfall_id") or ""


def _uuid(row: Mapping[str, Any], key: str, *, required: bool = True) -> Any:
    found = row.get(key)
    if found is None and not required:
        return None
    if not isinstance(found, str) or not _UUID.fullmatch(found := found.lower()):
        detail = _("%(key)s: %(found)r is not a Scryfall id") % {"key": key, "found": found}
        raise RefusedRow("id_invalid", detail)
    return found


def _text(row: Mapping[str, Any], key: str, column: str, otherwise: str = "") -> str:
    found = row.get(key) or otherwise
    if not isinstance(found, str) or not found.strip():
        raise RefusedRow(f"{column}_missing", _("%s is missing") % key)
    if len(found) > _LONGEST[column]:
        raise RefusedRow(f"{column}_too_long", _("%s is too long") % key)
    if not found.isprintable():
        raise RefusedRow("control_character", _("%s holds a control character") % key)
    return found


def _joined_names(faces: Any) -> str:
    if not isinstance(faces, list):
        return ""
    return " // ".join(str(face.get("name", "")) for face in faces if isinstance(face, dict))


def _one_of(row: Mapping[str, Any], key: str, allowed: frozenset[str]) -> str:
    found = row.get(key)
    if not isinstance(found, str) or found not in allowed:
        detail = _("%(key)s: %(found)r is unknown") % {"key": key, "found": found}
        raise RefusedRow(f"{key}_unknown", detail)
    return found


def _language(row: Mapping[str, Any]) -> str:
    found = row.get("lang", Language.EN.value)
    if not isinstance(found, str) or found not in _LANGUAGES:
        raise RefusedRow("language_unknown", _("lang: %r is unknown") % found)
    return _LANGUAGES[found]


def _finishes(row: Mapping[str, Any]) -> list[str]:
    """In our order, so that the same printing is always written the same way."""
    listed = row.get("finishes")
    found = [finish for finish in _PRICE_KEYS if finish in listed] if isinstance(listed, list) else []
    if not found:
        raise RefusedRow("finishes_missing", _("finishes names none of nonfoil, foil, etched"))
    return found


def _image(row: Mapping[str, Any]) -> str:
    images = row.get("image_uris")
    found = images.get("normal") if isinstance(images, dict) else None
    if not isinstance(found, str) or not found.startswith("https://") or not found.isprintable():
        return ""
    return found if len(found) <= _LONGEST["image_uri"] else ""


def _day(row: Mapping[str, Any]) -> date | None:
    found = row.get("released_at")
    if found is None:
        return None
    try:
        return date.fromisoformat(found)
    except (TypeError, ValueError):
        raise RefusedRow("released_at_invalid", _("released_at: %r is not a day") % found) from None
