"""Soft claims: copies that sit in open offers too. Sending claims, accepting takes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef

from accounts.models import User
from trades.models import Side, TradeItem, TradeProposal
from trades.models.proposals import OPEN


def other_offers(holding_ids: Collection[int], besides: TradeProposal | None = None) -> dict[int, int]:
    """How many other open offers want each holding's copies; ids without any are left out. One query."""
    lines = TradeItem.objects.filter(holding_id__in=holding_ids, proposal__status__in=OPEN)
    if besides is not None and besides.pk is not None:
        lines = lines.exclude(proposal=besides)
    return dict(lines.values_list("holding_id").annotate(Count("proposal", distinct=True)).order_by())


@dataclass(frozen=True, slots=True)
class Missing:
    """A line that can no longer be kept: so many of its copies are left."""

    item: TradeItem
    free: int


def declined_for_good(*, by: User, partner: User, holding_ids: Collection[int]) -> set[int]:
    """Of the cards `by` offers, those that `partner` asked not to be offered again. One query."""
    refused = TradeProposal.objects.filter(
        pk=OuterRef("proposal"), proposer=by, recipient=partner, declined_for_good=True
    )
    lines = TradeItem.objects.filter(Exists(refused), side=Side.OFFER, holding_id__in=holding_ids)
    return set(lines.values_list("holding_id", flat=True))
