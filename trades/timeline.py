"""What happened in a negotiation, put into words for one of its two."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from accounts.models import User
from trades.models import EventKind, TradeEvent, TradeProposal


@dataclass(frozen=True, slots=True)
class Telling:
    """How an event looks, and its sentence if the reader did it, the partner, or the clock."""

    icon: str
    tone: str
    you: str
    they: str = ""
    clock: str = ""


TELLINGS: dict[str, Telling] = {
    EventKind.SENT: Telling("send", "info", noop("You sent an offer"), noop("{actor} sent an offer")),
    EventKind.VIEWED: Telling("eye", "plain", noop("You looked at it"), noop("{actor} looked at it")),
    EventKind.ACCEPTED: Telling(
        "handshake",
        "ok",
        noop("You accepted. The cards are reserved"),
        noop("{actor} accepted. The cards are reserved"),
    ),
    EventKind.DECLINED: Telling("x", "bad", noop("You declined"), noop("{actor} declined")),
    EventKind.CANCEL_REQUESTED: Telling(
        "ban", "warn", noop("You asked to cancel"), noop("{actor} asked to cancel")
    ),
    EventKind.CANCEL_REFUSED: Telling(
        "handshake", "info", noop("You want to go on"), noop("{actor} wants to go on")
    ),
    EventKind.CANCELLED: Telling(
        "ban", "plain", noop("You cancelled"), noop("{actor} cancelled"), noop("No longer available")
    ),
    EventKind.LAPSED: Telling("hourglass", "plain", "", "", noop("Called off: nothing was sent for 21 days")),
    EventKind.EXTENDED: Telling(
        "clock", "info", noop("You gave 3 more days"), noop("{actor} gave 3 more days")
    ),
    EventKind.EXPIRED: Telling("hourglass", "plain", "", "", noop("Expired without an answer")),
    EventKind.SHIPPED: Telling("truck", "info", noop("You sent your parcel"), noop("{actor} sent a parcel")),
    EventKind.PAID: Telling("banknote", "info", noop("You paid"), noop("{actor} paid")),
    EventKind.DELAYED: Telling(
        "clock", "warn", noop("You said: not here yet"), noop("{actor} says: not here yet")
    ),
    EventKind.ADDRESS_AGREED: Telling(
        "map-pin",
        "info",
        noop("You agreed to exchange addresses"),
        noop("{actor} agreed to exchange addresses"),
    ),
    EventKind.CONFIRMED: Telling(
        "package-check", "ok", noop("You confirmed receipt"), noop("{actor} confirmed receipt")
    ),
    EventKind.COMPLETED: Telling(
        "circle-check", "ok", *[noop("Complete. The cards are in their new binders")] * 3
    ),
    EventKind.DISPUTED: Telling(
        "scale", "warn", noop("You opened a dispute"), noop("{actor} opened a dispute")
    ),
    EventKind.DISPUTE_ANSWERED: Telling(
        "scale", "warn", noop("You answered the dispute"), noop("{actor} answered the dispute")
    ),
    EventKind.DISPUTE_WITHDRAWN: Telling(
        "scale", "plain", noop("You withdrew the dispute"), noop("{actor} withdrew the dispute")
    ),
    EventKind.DISPUTE_CONCEDED: Telling(
        "scale", "plain", noop("You conceded the dispute"), noop("{actor} conceded the dispute")
    ),
    EventKind.DISPUTE_RESOLVED: Telling("gavel", "plain", *[noop("A moderator resolved the dispute")] * 3),
}
_COUNTERED = Telling("repeat-2", "info", noop("You countered"), noop("{actor} countered"))
# Said once by the counter that came of it.
_UNTOLD = frozenset([EventKind.COUNTERED])


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the timeline."""

    event: TradeEvent
    proposal: TradeProposal
    icon: str
    tone: str
    text: str

    @property
    def opens_offer(self) -> bool:
        """Whether this is where its proposal's message, cards and changes belong."""
        return self.event.kind == EventKind.SENT


def entries_of(
    events: Iterable[TradeEvent], proposals: Iterable[TradeProposal], reader: User, partner: User
) -> list[Entry]:
    """The events of a chain in words, oldest first; no query."""
    by_id = {proposal.pk: proposal for proposal in proposals}
    told = [event for event in events if event.kind not in _UNTOLD and not _is_own_look(event, reader)]
    return [_entry(event, by_id[event.proposal_id], reader, partner) for event in told]


def _is_own_look(event: TradeEvent, reader: User) -> bool:
    return event.kind == EventKind.VIEWED and event.actor_id == reader.pk


def _entry(event: TradeEvent, proposal: TradeProposal, reader: User, partner: User) -> Entry:
    is_counter = event.kind == EventKind.SENT and proposal.parent_proposal_id is not None
    telling = _COUNTERED if is_counter else TELLINGS[event.kind]
    sentence = (
        telling.you if event.actor_id == reader.pk else telling.they if event.actor_id else telling.clock
    )
    text = _(sentence).format(actor=partner.name) if sentence else EventKind(event.kind).label
    return Entry(event, proposal, telling.icon, telling.tone, str(text))
