"""Amounts as people read them. Money is Decimal in one site currency, two decimals."""

from decimal import ROUND_HALF_UP, Decimal

from django.conf import settings
from django.utils.formats import number_format

CENT = Decimal("0.01")
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CAD": "CA$", "AUD": "A$", "BRL": "R$"}


def format_money(amount: Decimal, *, signed: bool = False, currency: str = "") -> str:
    """`$1,234.50`, `−$6.00`; with `signed` a gain is `+$6.00`. An unknown currency follows: `6.00 SEK`.

    `currency` is an ISO code, by default the site's.
    """
    currency = currency or settings.SITE_CURRENCY
    amount = amount.quantize(CENT, ROUND_HALF_UP)
    digits = number_format(abs(amount), decimal_pos=2, use_l10n=True, force_grouping=True)
    sign = "−" if amount < 0 else "+" if signed and amount > 0 else ""
    symbol = _SIGNS.get(currency)
    return f"{sign}{symbol}{digits}" if symbol else f"{sign}{digits} {currency}"
