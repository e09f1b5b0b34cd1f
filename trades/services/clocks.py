"""What time does to accepted trades: they complete, or they lapse. Safe to run twice or in parallel.

A few trades a day end this way, and each moves or releases cards: so each is a transaction of its
own, under the locks of every verb, with its conditions looked at once more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from core.clock import database_now
from core.errors import DomainError
from trades.deadlines import AFTER_REMINDERS, ARRIVAL, LAPSE, REMINDERS
from trades.models import (
    CompletionMethod,
    EventKind,
    Shipment,
    Side,
    TradeItem,
    TradeProposal,
)
from trades.services.cancelling import release_items
from trades.services.completing import complete
from trades.services.locks import lock_if_free
from trades.services.record import record
from trades.services.reminding import remind_of_arrival, remind_of_unfinished

log = logging.getLogger(__name__)


def settle_trades() -> dict[str, int]:
    """Everything that time does to accepted trades; returns how many of each."""
    return {
        "completed": complete_arrived(),
        "lapsed": lapse_idle(),
        "reminded": remind_of_arrival() + remind_of_unfinished(),
    }


def complete_arrived() -> int:
    """Complete mail trades that wait for one confirmation only, long after everything was sent."""
    return _for_each(_arrived, lambda proposal, now: complete(proposal, None, now))


def lapse_idle() -> int:
    """Call off accepted trades in which nobody has sent, paid or confirmed anything for 21 days."""
    return _for_each(lambda now: TradeProposal.objects.idle_since(now - LAPSE), _lapse)


def _for_each(
    due: Callable[[datetime], QuerySet[TradeProposal]], act: Callable[[TradeProposal, datetime], None]
) -> int:
    ids = list(due(database_now()).order_by("pk").values_list("pk", flat=True))
    return sum(_act_on(pk, due, act) for pk in ids)


def _act_on(
    proposal_id: int,
    due: Callable[[datetime], QuerySet[TradeProposal]],
    act: Callable[[TradeProposal, datetime], None],
) -> bool:
    """One trade in one transaction; a trade that cannot be ended does not keep the others from it."""
    try:
        with transaction.atomic():
            proposal = lock_if_free(proposal_id)
            now = database_now()
            if proposal is None or not due(now).filter(pk=proposal_id).exists():
                return False
            act(proposal, now)
            return True
    except DomainError as error:
        log.warning("Trade %s stays as it is: %s", proposal_id, error)
        return False


def _arrived(now: datetime) -> QuerySet[TradeProposal]:
    """One side confirmed and sent its own 30 days ago (or had nothing to send); the other was reminded."""
    sent = (
        Shipment.objects.awaited()
        .arrived_by(now)
        .filter(reminders__gte=len(REMINDERS), reminded_at__lte=now - AFTER_REMINDERS)
    )
    gifts = TradeProposal.objects.begun_before(now - ARRIVAL).filter(
        _gave_nothing("proposer", Side.OFFER) | _gave_nothing("recipient", Side.WANT),
        completion_method=CompletionMethod.MAIL,
    )
    return TradeProposal.objects.filter(Q(pk__in=sent.values("proposal")) | Q(pk__in=gifts.values("pk")))


def _gave_nothing(role: str, side: Side) -> Q:
    """The side in `role` confirmed a gift: there is nothing the giver could still be waiting for."""
    gave_cards = Exists(TradeItem.objects.filter(proposal=OuterRef("pk"), side=side))
    return Q(~gave_cards, **{f"{role}_adds_cash": 0, f"{role}_confirmed_at__isnull": False})


def _lapse(proposal: TradeProposal, now: datetime) -> None:
    """By mail it counts against the side named to send first, unless the partner was shut out meanwhile."""
    release_items(proposal)
    proposal.lapse(now)
    if proposal.completion_method == CompletionMethod.MAIL and proposal.sends_first_id is not None:
        awaited = proposal.partner_of(proposal.sends_first_id)
        proposal.cancel_counts_against_id = None if awaited.is_suspended(now) else proposal.sends_first_id
    record(proposal, EventKind.LAPSED, None, now, counts_against=proposal.cancel_counts_against_id)
