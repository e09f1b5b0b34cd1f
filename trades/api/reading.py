"""Proposals with all that the API shows of them, in a few queries for any number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import DecimalField, ExpressionWrapper, F
from django.http import Http404

from accounts.models import User
from core.clock import database_clock
from trades.models import TradeItem, TradeProposal
from trades.models.proposals import TradeProposalQuerySet

# A list has hundreds of lines: they come as plain rows, not as models with cards of their own.
_LINE = (
    "proposal_id", "side", "holding_id", "card_id", "card__name", "card__set_code", "card__collector_number",
    "finish", "condition", "language", "variant", "quantity", "unit_price", "price_as_of", "price_source",
    "declared", "value",
)  # fmt: skip
_VALUE = ExpressionWrapper(
    F("unit_price") * F("quantity"), output_field=DecimalField(max_digits=14, decimal_places=2)
)


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
    lines = TradeItem.objects.filter(proposal__in=list(by_id)).annotate(value=_VALUE).order_by("id")
    for line in lines.values_list(*_LINE, named=True):
        proposal = by_id[line.proposal_id]
        (proposal.offered if line.side == "offer" else proposal.wanted).append(line)
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
