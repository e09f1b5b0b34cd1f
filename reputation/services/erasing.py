"""What somebody wrote goes with their account; that they wrote, and how many stars, stays."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Case, F, Q, Value, When

from accounts.models import User
from reputation.models import CompletedTrade, TradeReview


@transaction.atomic
def erase_review_texts(*, user: User) -> int:
    """Erase the comments, replies, notes and names of `user` from reviews and completed trades.

    Part of deleting the account, after `deleted_at` is set and in the same transaction. Ratings,
    times, values and seals stay, so no figure changes; the seals are "erased" from now on. Returns
    how many reviews of theirs were erased; a second call changes nothing and returns 0.
    """
    trades = CompletedTrade.objects.filter(Q(user_a=user) | Q(user_b=user))
    # Whoever writes a review holds its trade: what they finish before us is erased with the rest.
    list(trades.select_for_update().order_by("pk").values_list("pk"))
    # With the salt at hand short words could be guessed until they fit the seal.
    written = TradeReview.objects.filter(reviewer=user, is_erased=False)
    erased: int = written.update(is_erased=True, comment="", salt=b"")
    # All of them, also those without one: a reply under way holds its review, and is waited for.
    TradeReview.objects.filter(reviewee=user).update(reply="")
    # The notes are of either side; nobody knows any more of which.
    trades.update(
        notes="",
        user_a_name=Case(When(user_a=user, then=Value("")), default=F("user_a_name")),
        user_b_name=Case(When(user_b=user, then=Value("")), default=F("user_b_name")),
    )
    return erased
