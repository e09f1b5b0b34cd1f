"""A chain of offers and counters, read once for a page: eight queries, however long it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat

from accounts.models import User
from core.clock import database_clock
from notifications.models import Notification
from trades.claims import Missing
from trades.diffs import Diff, diff
from trades.models import Dispute, Look, Side, TradeItem, TradeProposal
from trades.services.locks import free_copies

# A chain may hold 21 offers of 200 lines; of the older ones only what was said is shown.
DIFFS_SHOWN = 4


@dataclass
class Negotiation:
    """One proposal and the chain it stands in, as `reader` sees it."""

    shown: TradeProposal
    chain: list[TradeProposal]  # oldest first
    reader: User
    now: datetime
    last_seen_id: int | None  # the newest proposal of the chain that `reader` has looked at
    has_news: bool  # notices about this chain are still unread
    items: dict[int, list[TradeItem]]  # by proposal, of those that are compared

    @property
    def partner(self) -> User:
        return self.shown.partner_of(self.reader.pk)

    @property
    def dispute(self) -> Dispute | None:
        return getattr(self.shown, "dispute", None)

    @property
    def head(self) -> TradeProposal:
        return self.chain[-1]

    @property
    def is_head(self) -> bool:
        return self.head.pk == self.shown.pk

    @property
    def number(self) -> int:
        """The shown proposal's place in the chain, from 1."""
        return self._place + 1

    @property
    def previous(self) -> TradeProposal | None:
        return self.chain[self._place - 1] if self._place else None

    @property
    def following(self) -> TradeProposal | None:
        return None if self.is_head else self.chain[self._place + 1]

    @property
    def _place(self) -> int:
        return [proposal.pk for proposal in self.chain].index(self.shown.pk)

    @property
    def shown_items(self) -> list[TradeItem]:
        return self.items[self.shown.pk]

    def given_by(self, user: User) -> list[TradeItem]:
        side = Side.OFFER if user.pk == self.shown.proposer_id else Side.WANT
        return [item for item in self.shown_items if item.side == side]

    @cached_property
    def missing(self) -> list[Missing]:
        """Lines of an open offer whose copies are gone or promised elsewhere."""
        if not self.shown.is_open:
            return []
        found = [Missing(item, free_copies(item, item.holding)) for item in self.shown_items]
        return [missing for missing in found if missing.free < missing.item.quantity]

    def diff_to(self, proposal: TradeProposal) -> Diff | None:
        """What `proposal` changed of the one before it; None where that is not compared any more."""
        return self._diff(proposal.parent_proposal_id, proposal.pk)

    @property
    def since_last_look(self) -> Diff | None:
        """What changed since the reader's last look, where that is more than the last counter."""
        seen = self.last_seen_id
        if seen is None or not self.is_head or seen in (self.shown.pk, self.shown.parent_proposal_id):
            return None
        return self._diff(seen, self.shown.pk)

    @property
    def diff_from_shown_to_head(self) -> Diff | None:
        """What the newest offer of the chain says otherwise; None on the newest itself."""
        return None if self.is_head else self._diff(self.shown.pk, self.head.pk)

    def _diff(self, before_id: int | None, after_id: int) -> Diff | None:
        if before_id not in self.items or after_id not in self.items:
            return None
        by_id = {proposal.pk: proposal for proposal in self.chain}
        return diff(by_id[before_id], self.items[before_id], by_id[after_id], self.items[after_id])


def read_negotiation(*, proposal_id: int, reader: User) -> Negotiation:
    """Raises TradeProposal.DoesNotExist where `reader` may not know of it."""
    found: Any = _with_reader(
        TradeProposal.objects.visible_to(reader).with_people().select_related("dispute"), reader
    )
    shown = found.get(pk=proposal_id)
    chain = _chain_of(shown)
    wanted = {shown.pk, shown.parent_proposal_id, shown.last_seen_id, *[p.pk for p in chain[-DIFFS_SHOWN:]]}
    return Negotiation(
        shown=shown,
        chain=chain,
        reader=reader,
        now=shown.now,
        last_seen_id=shown.last_seen_id,
        has_news=shown.has_news,
        items=_items_of(wanted - {None}),
    )


def _with_reader(proposals: QuerySet[TradeProposal], reader: User) -> QuerySet[TradeProposal]:
    """Whatever one row can bring along: the time, the reader's last look, and whether notices wait."""
    proposals = proposals.annotate(now=database_clock(), chain_key=Coalesce("first_proposal_id", "pk"))
    looks = Look.objects.filter(user=reader, chain=OuterRef("chain_key"))
    subject = Concat(Value("trade:"), Cast(OuterRef("chain_key"), CharField()))
    news = Notification.objects.of(reader).unread().filter(subject=subject)
    return proposals.annotate(last_seen_id=Subquery(looks.values("proposal_id")[:1]), has_news=Exists(news))


def _chain_of(shown: TradeProposal) -> list[TradeProposal]:
    """Oldest first; the two people are the same throughout."""
    chain = TradeProposal.objects.filter(Q(pk=shown.chain_id) | Q(first_proposal=shown.chain_id))
    people = {user.pk: user for user in (shown.proposer, shown.recipient)}
    found = []
    for proposal in chain.filter(sent_at__isnull=False).order_by("pk"):
        if proposal.pk == shown.pk:
            proposal = shown
        proposal.proposer, proposal.recipient = people[proposal.proposer_id], people[proposal.recipient_id]
        found.append(proposal)
    return found or [shown]


def _items_of(proposal_ids: set[int]) -> dict[int, list[TradeItem]]:
    items: dict[int, list[TradeItem]] = {pk: [] for pk in proposal_ids}
    for item in TradeItem.objects.filter(proposal__in=proposal_ids).select_related("card", "holding"):
        items[item.proposal_id].append(item)
    return items
