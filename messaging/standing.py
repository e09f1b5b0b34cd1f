"""May these two write to each other now? And may they send photos?"""

from __future__ import annotations

from datetime import datetime

from accounts.limits import PHOTOS_FROM, Tier
from accounts.models import Block, User
from trades.models import TradeProposal


def may_talk(one: User, other: User, now: datetime) -> bool:
    """Both are here, and there is no block between them or a trade that binds them all the same."""
    if not (_is_here(one, now) and _is_here(other, now)):
        return False
    pair = [one.pk, other.pk]
    if not Block.objects.filter(blocker__in=pair, blocked__in=pair).exists():
        return True
    return bool(TradeProposal.objects.between(one.pk, other.pk).binding().exists())


def _is_here(user: User, now: datetime) -> bool:
    return user.is_active and user.deleted_at is None and not user.is_suspended(now)


def have_live_trade(one_id: int, other_id: int) -> bool:
    return bool(TradeProposal.objects.between(one_id, other_id).live().exists())


def may_send_photos(sender: User, partner: User) -> bool:
    """Within a live trade everyone, otherwise bronze and up."""
    reached = Tier(sender.trust_tier).rank >= PHOTOS_FROM.rank
    return reached or have_live_trade(sender.pk, partner.pk)


def shows_receipts(one: User, other: User) -> bool:
    """Who hides their own sees none."""
    return one.shows_receipts and other.shows_receipts
