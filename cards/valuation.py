"""Values for whole lists: what `cards.values` says of one copy, as columns of a queryset."""

from decimal import Decimal

from django.db.models import Case, DecimalField, F, FilteredRelation, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce, Round

from cards.models import Holding
from cards.values import CONDITION_FACTOR

_MONEY = DecimalField(max_digits=14, decimal_places=2)


def with_values(holdings: QuerySet[Holding]) -> QuerySet[Holding]:
    """Each row with `price`, `price_source` and `price_day` of its card and finish now, `value` of
    one copy and `total` of all; None where there is no price. One join.
    """
    now = Q(card__current_prices__finish=F("finish"))
    factors = (When(Q(condition=name), then=Value(factor)) for name, factor in CONDITION_FACTOR.items())
    return holdings.annotate(
        current=FilteredRelation("card__current_prices", condition=now),
        price=F("current__price"),
        price_source=F("current__source"),
        price_day=F("current__day"),
        value=Round(F("price") * Case(*factors), precision=2, output_field=_MONEY),
        total=F("value") * F("quantity"),
    )


def sum_of_values(holdings: QuerySet[Holding]) -> Decimal:
    """What all copies of rows that came through `with_values` are worth, those with a price."""
    found: Decimal = holdings.aggregate(sum=Coalesce(Sum("total"), Decimal(0), output_field=_MONEY))["sum"]
    return found
