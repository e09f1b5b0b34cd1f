"""What leads off the site: contact details, payment handles, links. Warned about, never blocked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Lure(models.TextChoices):
    PHONE = "phone", _("a phone number")
    EMAIL = "email", _("an e-mail address")
    PAYMENT = "payment", _("a way to pay")
    LINK = "link", _("a link to another site")


_EMAIL = re.compile(r"[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w-]{1,63}(?:\.|\s?\(dot\)\s?)[a-z]{2,}", re.I)
_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
# However the digits are grouped; not money, and not a part of a word.
_DIGITS = re.compile(r"(?<![\w#.,$€£-])\+?\(?\d(?:[\s()./-]{0,2}\d)+(?![\w-])")
_PHONE_DIGITS = range(9, 16)  # a tracking number has more
_PAYMENT = re.compile(
    r"\b(?:pay\s?pal|venmo|cash\s?app|zelle|revolut|transferwise|(?:by|via|with|to|on|my|use)\s+wise|"
    r"western\s?union|money\s?gram|gift\s?cards?|friends\s?(?:and|&|n)\s?family|bitcoin|btc|usdt|ethereum|"
    r"iban)\b|(?<!\w)\$[a-z][a-z0-9]{2,19}\b",
    re.I,
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z]{4})?(?:\s?\d{4}){2,6}(?:\s?[A-Z0-9]{1,4})?\b")
_LINK = re.compile(r"\b(?:https?:[/\\]{2}|www\.)[^\s<>]+|\b(?:t\.me|wa\.me|discord\.gg|bit\.ly)/\S+", re.I)
# Without a scheme: those of which a message's page makes a link all the same.
_BARE = re.compile(r"(?<![\w@./-])[\w-]+(?:\.[\w-]+)*\.(?:com|edu|gov|int|mil|net|org)\b(?:/\S*)?", re.I)


def lures_in(text: str) -> list[Lure]:
    """The kinds of bait in `text`, in the order of `Lure`."""
    text = _undisguised(text)
    found = {
        Lure.PHONE: _has_phone(text),
        Lure.EMAIL: _EMAIL.search(text),
        Lure.PAYMENT: _PAYMENT.search(text) or _IBAN.search(text),
        Lure.LINK: any(_leads_away(match[0]) for match in _links_in(text)),
    }
    return [lure for lure, is_there in found.items() if is_there]


def _undisguised(text: str) -> str:
    """Without characters that show as nothing, and each letter in its plain form."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(c for c in plain if unicodedata.category(c) != "Cf")


def _has_phone(text: str) -> bool:
    numbers = _DIGITS.findall(_DAY.sub("|", text))
    return any(sum(c.isdigit() for c in number) in _PHONE_DIGITS for number in numbers)


def _links_in(text: str) -> Iterator[re.Match[str]]:
    yield from _LINK.finditer(text)
    yield from _BARE.finditer(_EMAIL.sub(" ", text))


def _leads_away(address: str) -> bool:
    if "\\" in address:  # a slash to browsers, part of the name to Python
        return True
    own: str | None = urlsplit(settings.SITE_URL).hostname
    try:
        return urlsplit(address if "://" in address else f"https://{address}").hostname != own
    except ValueError:
        return True
