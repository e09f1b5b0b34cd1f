"""How much a trader may have under way (domain.md §6.5). Asked with the trader's row locked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Case, DecimalField, F, Q, Sum, Value, When
from django.utils.translation import gettext as _

from accounts.limits import OPEN_OFFERS_PER_PARTNER, Limits, Tier, counts_usage, limits_of
from accounts.models import User
from core.clock import database_now
from trades.errors import TradeError
from trades.models import CompletionMethod, Status, TradeProposal

LEAST_UNSETTLED = Decimal(150)


@dataclass(frozen=True, slots=True)
class Room:
    """One limit of a trader: what it allows and what is in use."""

    name: str
    allowed: Decimal | int | None  # None: no limit
    used: Decimal | int

    @property
    def left(self) -> Decimal | int | None:
        return None if self.allowed is None else max(self.allowed - self.used, type(self.used)(0))


def limits_for(user: User, now: datetime) -> Limits:
    return limits_of(Tier(user.trust_tier), (now - user.date_joined).days)


def check_offer_limits(user: User, partner: User, now: datetime) -> None:
    """Raise TradeError 403 `limit_reached` where one more open offer is too many. Counters never ask."""
    room = open_offers(user, now)
    if room.left == 0:
        raise limit_reached(room, _("You have %(used)s open offers of %(allowed)s."))
    room = open_offers_to(user, partner)
    if room.left == 0:
        raise limit_reached(room, _("You have %(used)s open offers to this trader, of %(allowed)s."))


def open_offers(user: User, now: datetime) -> Room:
    used = TradeProposal.objects.open().filter(proposer=user, counter_count=0).count()
    return Room("open_offers", limits_for(user, now).open_offers, used)


def open_offers_to(user: User, partner: User) -> Room:
    used = TradeProposal.objects.open().filter(proposer=user, recipient=partner, counter_count=0).count()
    return Room("open_offers_per_partner", OPEN_OFFERS_PER_PARTNER, used)


def check_life(user: User, life_days: int, now: datetime) -> None:
    """Raise TradeError 403 where offers of this trader may not live so long."""
    longest = limits_for(user, now).longest_life
    if life_days > longest:
        raise limit_reached(
            Room("longest_life", longest, life_days), _("Your offers live at most %(allowed)s days.")
        )


def check_unsettled(proposal: TradeProposal, by: User, now: datetime) -> None:
    """Raise TradeError 403 where accepting a mail trade would take either side past its limit."""
    if proposal.completion_method != CompletionMethod.MAIL:
        return
    for user in (proposal.proposer, proposal.recipient):
        room = unsettled_value(user, now)
        if room.left is None or proposal.promised_by(user.pk) <= room.left:
            continue
        if user.pk != by.pk:
            # How much the other has under way is theirs to know.
            raise TradeError(
                "limit_reached",
                _("The other side has too much under way to take on this trade by mail."),
                status=403,
                extra={"limit": "partner_unsettled_value"},
            )
        raise limit_reached(room, _("You have promised %(used)s by mail already, of %(allowed)s."))


def unsettled_value(user: User, now: datetime) -> Room:
    """What `user` promised by mail in accepted trades and the partner has not confirmed."""
    promised = _given_by(user)
    unconfirmed = Q(proposer=user, recipient_confirmed_at=None) | Q(
        recipient=user, proposer_confirmed_at=None
    )
    by_mail = TradeProposal.objects.filter(
        Q(proposer=user) | Q(recipient=user), completion_method=CompletionMethod.MAIL
    )
    sums = by_mail.filter(status__in=[Status.ACCEPTED, Status.COMPLETED]).aggregate(
        unsettled=Sum(promised, filter=Q(status=Status.ACCEPTED) & unconfirmed),
        delivered=Sum(promised, filter=Q(status=Status.COMPLETED)),
    )
    of_tier = limits_for(user, now).unsettled_value
    earned = max(LEAST_UNSETTLED, 2 * (sums["delivered"] or Decimal(0)))
    allowed = earned if of_tier is None else min(of_tier, earned)
    return Room("unsettled_value", allowed, sums["unsettled"] or Decimal(0))


@counts_usage
def use_of_limits(user: User) -> dict[str, tuple[Decimal | int | None, Decimal | int | None]]:
    """What the profile tells of the limits that trades keep."""
    now = database_now()
    rooms = (open_offers(user, now), unsettled_value(user, now))
    return {room.name: (room.allowed, room.used) for room in rooms}


def _given_by(user: User) -> Case:
    return Case(
        When(proposer=user, then=F("proposer_offers_value") + F("proposer_adds_cash")),
        When(recipient=user, then=F("proposer_wants_value") + F("recipient_adds_cash")),
        default=Value(Decimal(0)),
        output_field=DecimalField(max_digits=14, decimal_places=2),
    )


def limit_reached(room: Room, sentence: str) -> TradeError:
    """403 that says which limit, how much is left and what raises it."""
    figures = {"used": room.used, "allowed": room.allowed}
    return TradeError(
        "limit_reached",
        f"{sentence % figures} {_('A higher trust tier raises this limit.')}",
        status=403,
        extra={"limit": room.name, "allowed": str(room.allowed), "left": str(room.left)},
    )
