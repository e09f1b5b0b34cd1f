"""Telling people in time what the clock is about to do. Safe to run twice: each reminder leaves its mark."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_noop as _

from core.clock import database_now
from notifications.models import Category
from notifications.services import Notice, notify
from trades.deadlines import BETWEEN_REMINDERS, EXPIRY_REMINDER, REMINDERS, UNCONFIRMED
from trades.models import Shipment, TradeProposal

BATCH = 1_000

EXPIRES_SOON = _("An offer of {actor} ends within a day.")
ARRIVED = _("{actor} waits for you: confirm, say “not here yet”, or the trade completes by itself.")
UNFINISHED = _("Your trade with {actor} has been under way for 30 days. Is anything missing?")


def remind_of_expiry() -> int:
    """Tell recipients of offers that end within 24 hours, once for each end; returns how many."""
    return _in_batches(_expiry_batch)


def remind_of_arrival() -> int:
    """Tell who alone has not confirmed, twice and a week apart, before the trade completes without them."""
    return sum(_in_batches(partial(_arrival_batch, nth)) for nth in range(len(REMINDERS)))


def remind_of_unfinished() -> int:
    """Tell both sides of trades that were begun 30 days ago and are not finished, once."""
    return _in_batches(_unfinished_batch)


def _in_batches(remind_batch: Callable[[datetime], int]) -> int:
    """Each batch is a transaction of its own; what somebody else holds is left for the next run."""
    now, total = database_now(), 0
    while reminded := remind_batch(now):
        total += reminded
    return total


@transaction.atomic
def _expiry_batch(now: datetime) -> int:
    # An offer that lives a day at most would be announced and called in with the same breath.
    lives_longer = Q(life_days__gt=1) | Q(extended_at__isnull=False)
    ending = TradeProposal.objects.open().filter(
        lives_longer, expires_at__gt=now, expires_at__lte=now + EXPIRY_REMINDER, reminded_at=None
    )
    proposals = _locked(ending)
    _mark(proposals, now)
    notify(
        [
            _notice(p, p.recipient_id, "trade_expires_soon", EXPIRES_SOON, f"{p.pk}:{p.expires_at:%Y%m%d}")
            for p in proposals
        ]
    )
    return len(proposals)


@transaction.atomic
def _unfinished_batch(now: datetime) -> int:
    # The mark of the time when it was an open offer does not count.
    unreminded = Q(reminded_at=None) | Q(reminded_at__lt=F("accepted_at"))
    proposals = _locked(TradeProposal.objects.begun_before(now - UNCONFIRMED).filter(unreminded))
    _mark(proposals, now)
    notify(
        [
            _notice(p, user_id, "trade_unfinished", UNFINISHED, f"{p.pk}")
            for p in proposals
            for user_id in p.party_ids
        ]
    )
    return len(proposals)


def _locked(due: Iterable[TradeProposal]) -> list[TradeProposal]:
    rows = due.order_by("pk").select_for_update(skip_locked=True, of=("self",))  # type: ignore[attr-defined]
    return list(rows[:BATCH])


def _mark(proposals: list[TradeProposal], now: datetime) -> None:
    TradeProposal.objects.filter(pk__in=[p.pk for p in proposals]).update(reminded_at=now)


@transaction.atomic
def _arrival_batch(nth: int, now: datetime) -> int:
    spaced = Q(reminded_at=None) | Q(reminded_at__lte=now - BETWEEN_REMINDERS)
    due = Shipment.objects.awaited().arrived_by(now + REMINDERS[nth]).filter(spaced, reminders=nth)
    rows = due.select_related("proposal").order_by("pk")
    shipments = list(rows.select_for_update(skip_locked=True, of=("self", "proposal"))[:BATCH])
    Shipment.objects.filter(pk__in=[s.pk for s in shipments]).update(
        reminders=F("reminders") + 1, reminded_at=now
    )
    notify([_arrival_notice(shipment, nth) for shipment in shipments])
    return len(shipments)


def _arrival_notice(shipment: Shipment, nth: int) -> Notice:
    proposal = shipment.proposal
    waiting = proposal.partner_id_of(shipment.sender_id)
    delayed = "" if shipment.delayed_at is None else ":delayed"
    return _notice(proposal, waiting, "trade_arrived", ARRIVED, f"{proposal.pk}:{nth}{delayed}")


def _notice(proposal: TradeProposal, user_id: int, kind: str, text: str, key: str) -> Notice:
    return Notice(
        user_id=user_id,
        category=Category.TRADES,
        kind=kind,
        text=text,
        url=proposal.get_absolute_url(),
        key=f"{kind}:{key}",
        subject=f"trade:{proposal.chain_id}",
        actor_id=proposal.partner_id_of(user_id),
    )
