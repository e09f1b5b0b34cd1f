"""The reviews of one trade, as one reader may see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q

from accounts.models import User
from reputation.models import CompletedTrade, TradeReview
from trades.models import Dispute, TradeProposal

MOST_WAITING = 20


@dataclass(frozen=True, slots=True)
class TradeReviews:
    """Both sides' reviews, seen by `reader`: `theirs` is None until both open, written or not."""

    trade: CompletedTrade
    reader: User
    yours: TradeReview | None
    theirs: TradeReview | None
    stands_still: bool
    now: datetime

    @property
    def is_open(self) -> bool:
        """Whether `reader` may write or change theirs."""
        return self.trade.reviews_revealed_at is None and (
            self.stands_still or self.now < self.trade.reviews_close_at
        )

    @property
    def partner(self) -> User:
        partner: User = self.trade.user_b if self.reader.pk == self.trade.user_a_id else self.trade.user_a
        return partner


def reviews_of_trade(proposal_id: int, reader: User, now: datetime) -> TradeReviews | None:
    """None where the trade is not `reader`'s or not completed. Three queries, whoever has reviewed."""
    visible = TradeReview.objects.visible_to(reader).select_related("reviewer", "reviewee", "trade")
    trades = CompletedTrade.objects.filter(proposal__in=TradeProposal.objects.visible_to(reader))
    trade = (
        trades.filter(proposal=proposal_id)
        .select_related("user_a", "user_b")
        .prefetch_related(Prefetch("reviews", visible, to_attr="seen"))
        .first()
    )
    if trade is None:
        return None
    by = {review.reviewer_id: review for review in trade.seen}
    # One that was opened after the window had closed stops nothing.
    stops = Dispute.objects.unresolved().filter(
        proposal=trade.proposal_id, opened_at__lt=trade.reviews_close_at
    )
    return TradeReviews(
        trade=trade,
        reader=reader,
        yours=by.get(reader.pk),
        theirs=by.get(trade.partner_id_of(reader.pk)),
        stands_still=stops.exists(),
        now=now,
    )


def trades_to_review(reader: User, now: datetime) -> list[tuple[CompletedTrade, User]]:
    """Completed trades that `reader` has not reviewed and still may, with the partner; one query.

    Without those that a dispute has stopped: there is time, and another thing to do first.
    """
    trades = CompletedTrade.objects.filter(
        Q(user_a=reader) | Q(user_b=reader), reviews_revealed_at=None, reviews_close_at__gt=now
    )
    running = trades.exclude(proposal__dispute__in=Dispute.objects.unresolved())
    unwritten = running.exclude(reviews__reviewer=reader)
    rows = unwritten.select_related("user_a", "user_b").order_by("reviews_close_at", "pk")[:MOST_WAITING]
    return [(trade, trade.user_b if trade.user_a_id == reader.pk else trade.user_a) for trade in rows]
