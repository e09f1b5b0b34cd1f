"""Where a parcel goes: one address a person, sealed in the database, never in a log or the admin."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _
from django_countries import countries

from accounts.errors import AccountError
from accounts.models import ShippingAddress, User
from core.clock import database_now
from core.errors import Fault
from core.sealing import BadSeal, reseal, seal, unseal
from core.text import is_invisible, is_storable

log = logging.getLogger(__name__)

LONGEST_LINE = 100
REQUIRED = ("name", "street", "city", "country")


@dataclass(frozen=True, slots=True)
class Address:
    """As it is written on a parcel; `country` is ISO 3166 alpha-2. Its repr tells nothing."""

    name: str = field(repr=False)
    street: str = field(repr=False)
    city: str = field(repr=False)
    country: str = field(repr=False)
    more: str = field(default="", repr=False)  # a second line: flat, floor, company
    region: str = field(default="", repr=False)
    postal_code: str = field(default="", repr=False)

    @property
    def lines(self) -> list[str]:
        """Top to bottom, empty ones left out."""
        place = " ".join(part for part in (self.postal_code, self.city) if part)
        country = str(countries.name(self.country))
        return [line for line in (self.name, self.street, self.more, place, self.region, country) if line]


@transaction.atomic
def set_address(*, by: User, address: Address) -> None:
    """Keep `address` as `by`'s, in place of any before. Raises AccountError 400 with pointers."""
    faults = _faults_of(address)
    if faults:
        raise AccountError("invalid", _("The address is not complete."), 400, faults)
    ShippingAddress.objects.update_or_create(
        user=by, defaults={"sealed": seal(asdict(address)), "updated_at": database_now()}
    )


def _faults_of(address: Address) -> list[Fault]:
    faults = []
    for name, value in asdict(address).items():
        if name in REQUIRED and is_invisible(value):
            faults.append(Fault(f"/{name}", "required", _("This is needed.")))
        elif len(value) > LONGEST_LINE:
            detail = _("At most %(limit)s characters.") % {"limit": LONGEST_LINE}
            faults.append(Fault(f"/{name}", "too_long", detail))
        elif not is_storable(value) or not value.isprintable():
            faults.append(Fault(f"/{name}", "unprintable", _("One line of letters and digits.")))
        elif name == "country" and value not in countries:
            faults.append(Fault("/country", "unknown_choice", _("A country of the list.")))
    return faults


def clear_address(*, by: User) -> None:
    """Forget the address at once; nobody sees it any longer, whatever was agreed."""
    ShippingAddress.objects.filter(user=by).delete()


def address_of(user: User) -> Address | None:
    """The caller says who may see it, and keeps a record of who did."""
    row = ShippingAddress.objects.filter(user=user).first()
    if row is None:
        return None
    try:
        return Address(**unseal(bytes(row.sealed)))
    except BadSeal:
        log.error("No key opens the address of user %s", user.pk)
        return None


def has_address(user: User) -> bool:
    return ShippingAddress.objects.filter(user=user).exists()


def reseal_addresses() -> int:
    """Put every address under the first key of FIELD_KEYS; returns how many. Safe to run again."""
    ids = list(ShippingAddress.objects.order_by("pk").values_list("pk", flat=True))
    return sum(_reseal(pk) for pk in ids)


@transaction.atomic
def _reseal(pk: int) -> bool:
    row = ShippingAddress.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        return False
    try:
        row.sealed = reseal(bytes(row.sealed))
    except BadSeal:
        log.error("No key opens the address of user %s", row.user_id)
        return False
    row.save(update_fields=["sealed"])
    return True
