"""What a trader wrote goes with their account; what they called, and how it ended, stays."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from signals_bridge.models import Recommendation


@transaction.atomic
def erase_rationales(*, user: User) -> int:
    """Erase the words of `user`'s own calls; returns of how many. A second call returns 0.

    Part of deleting the account, after `deleted_at` is set and in the same transaction, whose lock on
    the user's row lets no call of theirs be made meanwhile. Imported calls are market data and stay.
    """
    own = Recommendation.objects.filter(source__is_personal=True, source__publisher__user=user)
    erased: int = own.exclude(rationale="").update(rationale="")
    return erased
