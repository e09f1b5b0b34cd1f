"""What leads off the site: contact details, payment handles, links. Warned about, never blocked."""

from __future__ import annotations

import re
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
# Nine digits or more, however they are grouped, that are neither money nor a tracking number's letters.
_PHONE = re.compile(r"(?<![\w#.,$€£-])(?:\+|00)?\d(?:[\s()./-]{0,2}\d){8,14}(?![\w-])")
_PAYMENT = re.compile(
    r"\b(?:pay\s?pal|venmo|cash\s?app|zelle|revolut|wise|western\s?union|money\s?gram|gift\s?cards?|"
    r"friends\s?(?:and|&|n)\s?family|bitcoin|btc|usdt|ethereum|iban)\b|"
    r"(?<!\w)\$[a-z][a-z0-9]{2,19}\b|\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,3})?\b",
    re.I,
)
_LINK = re.compile(r"\b(?:https?://|www\.)[^\s<>]+|\b(?:t\.me|wa\.me|discord\.gg|bit\.ly)/\S+", re.I)


def lures_in(text: str) -> list[Lure]:
    """The kinds of bait in `text`, in the order of `Lure`."""
    found = {
        Lure.PHONE: _PHONE.search(text),
        Lure.EMAIL: _EMAIL.search(text),
        Lure.PAYMENT: _PAYMENT.search(text),
        Lure.LINK: any(_leads_away(match[0]) for match in _LINK.finditer(text)),
    }
    return [lure for lure, is_there in found.items() if is_there]


def _leads_away(address: str) -> bool:
    own: str | None = urlsplit(settings.SITE_URL).hostname
    try:
        return urlsplit(address if "://" in address else f"https://{address}").hostname != own
    except ValueError:
        return True
