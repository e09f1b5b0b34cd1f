"""Reading prices: what a card and finish cost now."""

from collections.abc import Iterable

from cards.models import CurrentPrice


def current_prices(pairs: Iterable[tuple[int, str]]) -> dict[tuple[int, str], CurrentPrice]:
    """The current price of each (card id, finish) that has one; one query."""
    wanted = set(pairs)
    if not wanted:
        return {}
    found = CurrentPrice.objects.filter(card_id__in={card for card, _finish in wanted})
    return {(p.card_id, p.finish): p for p in found if (p.card_id, p.finish) in wanted}
