"""A trusted trader's own call, at the price of the moment and with the cards on the table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from cards.models import Card, Holding, Want
from core.clock import database_now
from core.errors import Fault
from signals_bridge.errors import SignalError
from signals_bridge.models import Recommendation
from signals_bridge.prices import newest_prices
from signals_bridge.rows import RowError, fault_of_target, read_new_call
from signals_bridge.services.registering import personal_source_of


@transaction.atomic
def publish_signal(*, by: User, said: Any) -> Recommendation:
    """Make a call of `by`'s own: price and time are those of this moment, positions are disclosed.

    `said` is a `NewCall` as JSON says it (rows.py). SignalError: 400 with pointers, 403 below gold,
    restricted or without a confirmed address, 409 where the card has no price or a call of theirs on it
    runs already: a record is not made longer by saying one thing twice.
    """
    by = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    now = database_now()
    _require_publisher(by, now)
    call = _read(said, now)
    card = _card_of(call)
    _refuse_second(by, card, call["finish"], now)
    price = newest_prices(card).get(call["finish"])
    if price is None:
        raise SignalError("no_price", _("This card has no price now, and a call needs one."))
    if fault := fault_of_target(call["action"], price, call.get("target_price")):
        raise SignalError(fault.code, fault.detail, status=400, faults=[fault])
    signal: Recommendation = Recommendation.objects.create(
        source=personal_source_of(by),
        external_id=str(uuid4()),
        card=card,
        finish=call["finish"],
        action=call["action"],
        price_at_issue=price,
        target_price=call.get("target_price"),
        confidence=call["confidence"],
        rationale=call["rationale"],
        issued_at=now,
        valid_until=call["valid_until"],
        received_at=now,
        **positions_of(by, card, call["finish"]),
    )
    return signal


def positions_of(user: User, card: Card, finish: str) -> dict[str, int]:
    """What `user` has, has for trade and wants of a printing and finish, as the columns of a call."""
    held = Holding.objects.of(user).filter(card=card, finish=finish)
    has = held.aggregate(owns=Sum("quantity", default=0), offers=Sum("for_trade", default=0))
    this_card = Q(card=card) | Q(oracle_id__isnull=False, oracle_id=card.oracle_id)
    wished = Want.objects.filter(this_card, owner=user, finish__in=["", finish])
    return {
        "publisher_owns": has["owns"],
        "publisher_offers": has["offers"],
        "publisher_wants": wished.aggregate(sum=Sum("quantity", default=0))["sum"],
    }


def _require_publisher(by: User, now: datetime) -> None:
    if not by.may_publish_signals:
        raise SignalError("tier_too_low", _("Traders from gold on may publish signals."), status=403)
    if by.is_restricted(now):
        raise SignalError("restricted", _("Your account may not publish at the moment."), status=403)
    if not by.has_verified_email():
        raise SignalError("email_not_verified", _("Confirm your e-mail address first."), status=403)


def _read(said: Any, now: datetime) -> dict[str, Any]:
    try:
        call = read_new_call(said, now)
    except RowError as error:
        raise SignalError("invalid", _("The signal is not valid."), status=400, faults=error.faults) from None
    if call["valid_until"] <= now:
        detail = _("A call ends after it is issued.")
        fault = Fault("/valid_until", "ends_before_issue", detail)
        raise SignalError("invalid", _("The signal is not valid."), status=400, faults=[fault])
    return call


def _refuse_second(by: User, card: Card, finish: str, now: datetime) -> None:
    """The publisher's row is locked, so of two at once the second finds the first."""
    running = Recommendation.objects.filter(
        source__publisher__user=by, source__is_personal=True, card=card, finish=finish, valid_until__gt=now
    )
    if running.exists():
        raise SignalError("already_running", _("Your call on this card still runs. Wait for its end."))


def _card_of(call: Mapping[str, Any]) -> Card:
    pointer = "card" if "card" in call else "scryfall_id"
    card = Card.objects.filter(**{"pk" if pointer == "card" else pointer: call[pointer]}).first()
    if card is None:
        detail = _("There is no such card.")
        fault = Fault(f"/{pointer}", "unknown_card", detail)
        raise SignalError("unknown_card", detail, status=400, faults=[fault])
    if call["finish"] not in card.finishes:
        detail = _("This card does not exist in this finish.")
        fault = Fault("/finish", "unknown_finish", detail)
        raise SignalError("unknown_finish", detail, status=400, faults=[fault])
    return card
