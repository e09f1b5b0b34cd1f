"""May these two write to each other now? And may they send photos?"""

from __future__ import annotations

from datetime import datetime

from accounts.models import Block, User
from trades.models import TradeProposal


def may_talk(one: User, other: User, now: datetime, has_block: bool | None = None) -> bool:
    """Both are here, and there is no block between them or a trade that binds them all the same.

    `has_block` spares a query where it is known already.
    """
    if not are_here(one, other, now):
        return False
    if not (have_block(one, other) if has_block is None else has_block):
        return True
    return bool(TradeProposal.objects.between(one.pk, other.pk).binding().exists())


def are_here(one: User, other: User, now: datetime) -> bool:
    """Neither is suspended, banned or gone."""
    return all(u.is_active and u.deleted_at is None and not u.is_suspended(now) for u in (one, other))


def may_notice(one: User, other: User, now: datetime) -> bool:
    """Whether the two may know that the other is here or types: no trade binds anybody to that."""
    return are_here(one, other, now) and not have_block(one, other)


def have_block(one: User, other: User) -> bool:
    pair = [one.pk, other.pk]
    return bool(Block.objects.filter(blocker__in=pair, blocked__in=pair).exists())


def have_live_trade(one_id: int, other_id: int) -> bool:
    return bool(TradeProposal.objects.between(one_id, other_id).live().exists())


def may_send_photos(sender: User, partner: User) -> bool:
    """Within a live trade everyone, otherwise bronze and up."""
    return sender.may_send_photos_anywhere or have_live_trade(sender.pk, partner.pk)


def shows_receipts(one: User, other: User) -> bool:
    """Who hides their own sees none."""
    return one.shows_receipts and other.shows_receipts


def tells_of_reading(one: User, other: User, now: datetime) -> bool:
    """Whether each of the two may know what the other has read: a block ends that as well."""
    return shows_receipts(one, other) and may_talk(one, other, now)
