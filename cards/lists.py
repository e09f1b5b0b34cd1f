"""Printings and want lists as they are read, by pages and the API alike."""

from django.db.models import CharField, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from cards.models import Card, Want


def printings_of(card: Card) -> QuerySet[Card]:
    """All printings of the game's card that `card` is one of, itself included, newest first."""
    same = Q(oracle_id=card.oracle_id) if card.oracle_id else Q(pk=card.pk)
    return Card.objects.filter(same).order_by(F("released_at").desc(nulls_last=True), "-pk")


def with_names(wants: QuerySet[Want]) -> QuerySet[Want]:
    """Each want with its printing and, also where it takes any, `card_name` and `search_name`."""
    any_printing = Card.objects.filter(oracle_id=OuterRef("oracle_id")).order_by("pk")

    def named(column: str) -> Coalesce:
        of_any = Subquery(any_printing.values(column)[:1])
        return Coalesce(F(f"card__{column}"), of_any, output_field=CharField())

    return wants.select_related("card").annotate(card_name=named("name"), search_name=named("search_name"))
