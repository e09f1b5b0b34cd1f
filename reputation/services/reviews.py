"""Reviews under seal: written, revealed together, answered once, hidden by moderators."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from core.clock import database_now
from core.errors import Fault
from core.text import is_invisible
from notifications.models import Category
from notifications.services import Notice, notify
from reputation.coalescing import recalculate_soon
from reputation.errors import ReputationError
from reputation.models import RATINGS, CompletedTrade, TradeReview
from reputation.seals import close_seal
from reputation.signals import reviews_revealed
from trades.models import Dispute, TradeProposal

REPLY_WINDOW = timedelta(days=30)
LONGEST_COMMENT, LONGEST_REPLY, LONGEST_REASON = 2_000, 1_000, 500
BATCH = 500


@transaction.atomic
def submit_review(
    *, proposal_id: int, by: User, ratings: Mapping[str, Any], comment: str = ""
) -> TradeReview:
    """Write or, while it is sealed, change what `by` says of the other side; each time under a new seal.

    `ratings` by the names in RATINGS, 1–5, all but `overall_rating` optional. The second side's
    review opens both. Raises ReputationError: 400 wrong input, 403 suspended, 404 no trade of `by`'s,
    409 not completed, window over, or revealed.
    """
    _check(ratings, comment)
    trade = _lock_trade(proposal_id, by)
    _refuse_gone(by)
    now = database_now()
    _refuse_suspended(by, now)
    _refuse_closed(trade, now)
    review = TradeReview.objects.filter(trade=trade, reviewer=by).first() or TradeReview(
        trade=trade, reviewer=by, reviewee_id=trade.partner_id_of(by.pk), created_at=now
    )
    for name in RATINGS:
        setattr(review, name, ratings.get(name))
    review.comment, review.updated_at = comment, now
    close_seal(review)
    review.save()
    reveal_if_complete(trade, now)
    return review


def reveal_if_complete(trade: CompletedTrade, now: datetime) -> None:
    """Open both reviews of the locked `trade` once both are in and no dispute holds them back.

    Whether both are in is asked last: during a dispute the answer must not show in the work done.
    """
    if trade.reviews_revealed_at is None and _standstill(trade) is None and trade.reviews.count() == 2:
        _reveal([trade], now)


def _check(ratings: Mapping[str, Any], comment: str) -> None:
    faults = [
        Fault(f"/{name}", "out_of_range", _("From 1 to 5."))
        for name in RATINGS
        if not _is_rating(ratings.get(name), optional=name != "overall_rating")
    ]
    if len(comment) > LONGEST_COMMENT:
        faults.append(Fault("/comment", "too_long", _("At most 2,000 characters.")))
    _refuse(faults)


def _is_rating(value: Any, *, optional: bool) -> bool:
    """`True` and 4.0 are equal to ratings and are none."""
    return (optional and value is None) or (type(value) is int and 1 <= value <= 5)


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise ReputationError(faults[0].code, faults[0].detail, status=400, faults=faults)


def _lock_trade(proposal_id: int, by: User) -> CompletedTrade:
    """The completed trade, locked: submitting and revealing exclude each other."""
    if not TradeProposal.objects.visible_to(by).filter(pk=proposal_id).exists():
        raise ReputationError("not_found", _("No such trade."), status=404)
    trade = CompletedTrade.objects.select_for_update().filter(proposal_id=proposal_id).first()
    if trade is None:
        raise ReputationError("not_completed", _("Only a completed trade can be reviewed."))
    return trade


def _refuse_gone(by: User) -> None:
    """Asked under the lock: what an account wrote is erased with it, and nothing may come after that."""
    if not User.objects.filter(pk=by.pk, deleted_at=None).exists():
        raise ReputationError("not_found", _("This account is gone."), status=404)


def _refuse_suspended(by: User, now: datetime) -> None:
    """The page of a trade stays open to them for its parcels and disputes, not to take revenge by stars."""
    if by.is_suspended(now):
        raise ReputationError("suspended", _("Your account may not review at the moment."), status=403)


def _refuse_closed(trade: CompletedTrade, now: datetime) -> None:
    if trade.reviews_revealed_at is not None:
        raise ReputationError("revealed", _("The reviews are open; they cannot be changed any more."))
    # A dispute stops the window where it stood; one that came after its end finds it closed.
    if (_standstill(trade) or now) >= trade.reviews_close_at:
        raise ReputationError("window_over", _("The time for reviews is over."))


def _standstill(trade: CompletedTrade) -> datetime | None:
    """Since when an unresolved dispute has stopped the clocks; None while they run."""
    unresolved = Dispute.objects.unresolved().filter(proposal=trade.proposal_id)
    return unresolved.values_list("opened_at", flat=True).first()


@transaction.atomic
def reveal_due_reviews() -> int:
    """Open what lies sealed past its window, BATCH trades at most; returns how many.

    Safe to run twice or in parallel. Call it again until it returns 0.
    """
    now = database_now()
    due = CompletedTrade.objects.filter(reviews_revealed_at=None, reviews_close_at__lte=now)
    undisputed = due.exclude(proposal__dispute__in=Dispute.objects.unresolved()).order_by("pk")
    trades = list(undisputed.select_for_update(skip_locked=True, of=("self",))[:BATCH])
    _reveal(trades, now)
    return len(trades)


def reveal_all_due_reviews() -> int:
    """The same for all there are, batch by batch; returns how many."""
    done = 0
    while batch := reveal_due_reviews():
        done += batch
    return done


def _reveal(trades: list[CompletedTrade], now: datetime) -> None:
    """Open both reviews of locked trades at once, tell the people, have the figures rebuilt."""
    if not trades:
        return
    for trade in trades:
        trade.reviews_revealed_at = now
    CompletedTrade.objects.bulk_update(trades, ["reviews_revealed_at"])
    reviews = list(TradeReview.objects.filter(trade__in=trades).select_related("trade__proposal"))
    notify([_revealed_notice(review) for review in reviews])
    recalculate_soon({review.reviewee_id for review in reviews})
    reviews_revealed.send(TradeReview, trade_ids=[trade.pk for trade in trades])


def _revealed_notice(review: TradeReview) -> Notice:
    return Notice(
        user_id=review.reviewee_id,
        category=Category.REPUTATION,
        kind="review_revealed",
        text=gettext_noop("{actor}'s review of your trade is open."),
        url=f"/trades/{review.trade.proposal_id}/review/",
        key=f"review:{review.pk}",
        subject=f"trade:{review.trade.proposal.chain_id}",
        actor_id=review.reviewer_id,
    )


@transaction.atomic
def reply_to_review(*, review_id: int, by: User, text: str) -> TradeReview:
    """Answer in public, once, within 30 days of the reveal.

    Raises ReputationError: 400 no text, 403 not about `by`, 404 sealed or hidden, 409 late or again.
    """
    if is_invisible(text) or len(text) > LONGEST_REPLY:
        _refuse([Fault("/text", "invalid", _("From 1 to 1,000 characters."))])
    review = _lock_review(review_id, by)
    _refuse_gone(by)
    if review.reviewee_id != by.pk:
        raise ReputationError("not_yours", _("Only whom the review is about may reply."), status=403)
    if review.replied_at is not None:
        raise ReputationError("already_replied", _("You have replied already."))
    now = database_now()
    revealed_at = review.trade.reviews_revealed_at
    if revealed_at is None or now > revealed_at + REPLY_WINDOW:
        raise ReputationError("window_over", _("The time for a reply is over."))
    review.reply, review.replied_at = text, now
    review.save(update_fields=["reply", "replied_at"])
    notify([_replied_notice(review)])
    return review


def _replied_notice(review: TradeReview) -> Notice:
    return Notice(
        user_id=review.reviewer_id,
        category=Category.REPUTATION,
        kind="review_replied",
        text=gettext_noop("{actor} replied to your review."),
        url=f"/trades/{review.trade.proposal_id}/review/",
        key=f"review-reply:{review.pk}",
        subject=f"trade:{review.trade.proposal.chain_id}",
        actor_id=review.reviewee_id,
    )


def _lock_review(review_id: int, by: User) -> TradeReview:
    visible = TradeReview.objects.visible_to(by).filter(pk=review_id)
    review = visible.select_related("trade__proposal").select_for_update(of=("self",)).first()
    if review is None:
        raise ReputationError("not_found", _("No such review."), status=404)
    return review


@transaction.atomic
def hide_review(*, review_id: int, reason: str) -> bool:
    """Take a review out of sight and out of every figure. Moderation calls this with its own record.

    Returns False where it was hidden already: a second click is no second action.
    """
    return _set_hidden(review_id, is_hidden=True, reason=reason)


@transaction.atomic
def unhide_review(*, review_id: int) -> bool:
    """Bring a hidden review back, as if it had never been away."""
    return _set_hidden(review_id, is_hidden=False, reason="")


def _set_hidden(review_id: int, *, is_hidden: bool, reason: str) -> bool:
    review = TradeReview.objects.select_for_update().filter(pk=review_id).first()
    if review is None:
        raise ReputationError("not_found", _("No such review."), status=404)
    if review.is_hidden == is_hidden:
        return False
    review.is_hidden, review.hidden_reason = is_hidden, reason[:LONGEST_REASON]
    review.save(update_fields=["is_hidden", "hidden_reason"])
    recalculate_soon([review.reviewee_id])
    return True
