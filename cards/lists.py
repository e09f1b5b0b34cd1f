"""Printings, binders and want lists as they are read, by pages and the API alike."""

from collections.abc import Mapping
from decimal import Decimal

from django.db.models import CharField, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from cards.models import Card, Holding, Want
from cards.valuation import with_values

BINDER_ORDERINGS: Mapping[str, tuple[str, ...]] = {
    "newest": ("-id",),
    "oldest": ("id",),
    "name": ("name", "id"),
    "value": ("-worth", "-id"),
}
WANT_ORDERINGS: Mapping[str, tuple[str, ...]] = {
    "newest": ("-id",),
    "oldest": ("id",),
    "name": ("search_name", "id"),
}


def printings_of(card: Card) -> QuerySet[Card]:
    """All printings of the game's card that `card` is one of, itself included, newest first."""
    same = Q(oracle_id=card.oracle_id) if card.oracle_id else Q(pk=card.pk)
    return Card.objects.filter(same).order_by(F("released_at").desc(nulls_last=True), "-pk")


def shown_holdings(rows: QuerySet[Holding]) -> QuerySet[Holding]:
    """With card and value (see `with_values`), and what BINDER_ORDERINGS go by."""
    valued = with_values(rows.select_related("card"))
    return valued.annotate(name=F("card__search_name"), worth=Coalesce("value", Decimal(0)))


def shown_wants(wants: QuerySet[Want]) -> QuerySet[Want]:
    """With the printing and, also where any will do, `card_name`, `search_name` and `shown_card_id`."""
    any_printing = Card.objects.filter(oracle_id=OuterRef("oracle_id")).order_by("pk")

    def named(column: str) -> Coalesce:
        of_any = Subquery(any_printing.values(column)[:1])
        return Coalesce(F(f"card__{column}"), of_any, output_field=CharField())

    return wants.select_related("card").annotate(
        card_name=named("name"),
        search_name=named("search_name"),
        shown_card_id=Coalesce(F("card_id"), Subquery(any_printing.values("pk")[:1])),
    )
