"""Proposals with all that the API shows of them, in a few queries for any number."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F
from django.http import Http404

from accounts.models import User
from core.clock import database_clock
from trades.models import Side, TradeProposal
from trades.models.proposals import TradeProposalQuerySet


class Line(NamedTuple):
    """One line of one side. A list has hundreds: plain rows, not models with cards of their own."""

    proposal_id: int
    side: str
    holding: int
    card: int
    name: str
    set: str
    collector_number: str
    finish: str
    condition: str
    language: str
    variant: str
    quantity: int
    unit_price: Decimal | None
    price_as_of: date | None
    price_source: str
    declared: bool
    value: Decimal | None


_LINES = """
    SELECT i.proposal_id, i.side, i.holding_id, i.card_id, c.name, c.set_code, c.collector_number, i.finish,
        i.condition, i.language, i.variant, i.quantity, i.unit_price, i.price_as_of, i.price_source,
        i.declared, i.unit_price * i.quantity
    FROM trades_tradeitem i JOIN cards_card c ON c.id = i.card_id
    WHERE i.proposal_id = ANY(%s) ORDER BY i.id
"""


def as_rows(rows: TradeProposalQuerySet) -> TradeProposalQuerySet:
    """`rows` with both names and the time."""
    names = {"proposer_name": F("proposer__username"), "recipient_name": F("recipient__username")}
    return rows.annotate(**names, now=database_clock())


def with_parts(proposals: Iterable[Any]) -> list[Any]:
    """The same proposals, each with `offered` and `wanted` lines and the `counter` to it; two queries."""
    by_id = {proposal.pk: proposal for proposal in with_lines(proposals)}
    counters = TradeProposal.objects.filter(parent_proposal__in=list(by_id))
    for counter in counters.values_list("id", "status", "version", "parent_proposal_id", named=True):
        by_id[counter.parent_proposal_id].counter = counter
    return list(by_id.values())


def with_lines(proposals: Iterable[Any]) -> list[Any]:
    """The same proposals with their lines, and no counter; one query."""
    by_id = {proposal.pk: _with_no_parts(proposal) for proposal in proposals}
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [list(by_id)])
        for line in map(Line._make, cursor.fetchall()):
            proposal = by_id[line.proposal_id]
            (proposal.offered if line.side == Side.OFFER else proposal.wanted).append(line)
    return list(by_id.values())


def _with_no_parts(proposal: Any) -> Any:
    proposal.offered, proposal.wanted, proposal.counter = [], [], None
    return proposal


def just_changed(proposal: Any) -> Any:
    """What a verb returned, as `in_detail` has it: only its lines are not at hand. One query.

    Not for what was countered, which brings its counter.
    """
    proposal.proposer_name = proposal.proposer.username
    proposal.recipient_name = proposal.recipient.username
    proposal.now = proposal.created_at  # no verb succeeds on what is overdue
    [changed] = with_lines([proposal])
    return changed


def in_detail(pk: int, viewer: User) -> Any:
    """The proposal with its parts, the counter with its own; five queries at most.

    Http404 for the unknown and the hidden.
    """
    proposal = as_rows(TradeProposal.objects.visible_to(viewer).filter(pk=pk)).first()
    if proposal is None:
        raise Http404
    with_parts([proposal])
    if proposal.counter is not None:
        [proposal.counter] = with_parts(as_rows(TradeProposal.objects.filter(pk=proposal.counter.id)))
    return proposal
