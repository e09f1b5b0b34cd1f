"""What a copy is worth: newest price × condition (domain.md §2). Pure arithmetic, no database."""

from decimal import ROUND_HALF_UP, Decimal

from cards.models import Condition

CENT = Decimal("0.01")
CONDITION_FACTOR: dict[str, Decimal] = {
    Condition.NM: Decimal(1),
    Condition.LP: Decimal("0.85"),
    Condition.MP: Decimal("0.70"),
    Condition.HP: Decimal("0.50"),
    Condition.DMG: Decimal("0.30"),
}


def value_of_copy(price: Decimal, condition: str) -> Decimal:
    """The value of one copy, in site currency and whole cents."""
    return (price * CONDITION_FACTOR[condition]).quantize(CENT, ROUND_HALF_UP)
