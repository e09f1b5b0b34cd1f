"""How much a trader may have under way (domain.md §6.5). Asked with the trader's row locked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from accounts.limits import OPEN_OFFERS_PER_PARTNER, Limits, Tier, counts_usage, limits_of
from accounts.models import User
from core.clock import database_now
from trades.errors import TradeError
from trades.models import CompletionMethod, TradeProposal

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
    used, to_partner = _open_offers(user, partner.pk)
    room = Room("open_offers", limits_for(user, now).open_offers, used)
    if room.left == 0:
        raise limit_reached(room, _("You have %(used)s open offers of %(allowed)s."))
    room = Room("open_offers_per_partner", OPEN_OFFERS_PER_PARTNER, to_partner)
    if room.left == 0:
        raise limit_reached(room, _("You have %(used)s open offers to this trader, of %(allowed)s."))


_OPEN_OFFERS = """
    SELECT count(*), count(*) FILTER (WHERE recipient_id = %s) FROM trades_tradeproposal
    WHERE proposer_id = %s AND status IN ('pending', 'viewed') AND counter_count = 0
"""


def _open_offers(user: User, partner_id: int | None) -> tuple[int, int]:
    """How many offers of `user` are open, and how many of them to one partner."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_OFFERS, [partner_id, user.pk])
        used, to_partner = cursor.fetchone()
    return used, to_partner


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
    for user, room in unsettled_values([proposal.proposer, proposal.recipient], now):
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


# Of each user, by mail: what they promised and the partner has not confirmed, and what was completed.
_PROMISED = """
    SELECT who, coalesce(sum(given) FILTER (WHERE status = 'accepted' AND arrived_at IS NULL), 0),
        coalesce(sum(given) FILTER (WHERE status = 'completed'), 0)
    FROM unnest(%s::bigint[]) who LEFT JOIN LATERAL (
        SELECT status, proposer_offers_value + proposer_adds_cash AS given,
            recipient_confirmed_at AS arrived_at
        FROM trades_tradeproposal
        WHERE proposer_id = who AND status IN ('accepted', 'completed') AND completion_method = 'mail'
        UNION ALL
        SELECT status, proposer_wants_value + recipient_adds_cash, proposer_confirmed_at
        FROM trades_tradeproposal
        WHERE recipient_id = who AND status IN ('accepted', 'completed') AND completion_method = 'mail'
            AND sent_at IS NOT NULL
    ) promised ON true
    GROUP BY who
"""


def unsettled_values(users: Sequence[User], now: datetime) -> list[tuple[User, Room]]:
    """Each user with what they promised by mail in accepted trades and the partner has not confirmed."""
    with connection.cursor() as cursor:
        cursor.execute(_PROMISED, [[user.pk for user in users]])
        promised = {who: (unsettled, delivered) for who, unsettled, delivered in cursor.fetchall()}
    return [(user, _unsettled(user, *promised[user.pk], now)) for user in users]


def _unsettled(user: User, unsettled: Decimal, delivered: Decimal, now: datetime) -> Room:
    of_tier = limits_for(user, now).unsettled_value
    earned = max(LEAST_UNSETTLED, 2 * delivered)
    return Room("unsettled_value", earned if of_tier is None else min(of_tier, earned), unsettled)


@counts_usage
def use_of_limits(user: User) -> dict[str, tuple[Decimal | int | None, Decimal | int | None]]:
    """What the profile tells of the limits that trades keep."""
    now = database_now()
    [(_user, unsettled)] = unsettled_values([user], now)
    offers = Room("open_offers", limits_for(user, now).open_offers, _open_offers(user, None)[0])
    rooms = (offers, unsettled)
    return {room.name: (room.allowed, room.used) for room in rooms}


def limit_reached(room: Room, sentence: str) -> TradeError:
    """403 that says which limit, how much is left and what raises it."""
    figures = {"used": room.used, "allowed": room.allowed}
    return TradeError(
        "limit_reached",
        f"{sentence % figures} {_('A higher trust tier raises this limit.')}",
        status=403,
        extra={"limit": room.name, "allowed": str(room.allowed), "left": str(room.left)},
    )
