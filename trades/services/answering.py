"""The recipient's verbs: view, accept, decline, counter."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.limits import Tier
from accounts.models import User
from cards.custody import reserve
from core.clock import database_now
from core.errors import Fault
from trades.errors import TradeError
from trades.limits import check_unsettled
from trades.models import EventKind, Look, Status, TradeProposal
from trades.services.locks import lock_items, lock_proposal, promised, refuse_missing
from trades.services.permission import require, require_trader
from trades.services.record import record
from trades.services.sending import put_on_table, send
from trades.terms import Terms, check_terms


@transaction.atomic
def view_proposal(*, proposal_id: int, by: User) -> TradeProposal:
    """Note that `by` looked. The recipient's first look at a pending offer marks it viewed."""
    proposal = lock_proposal(proposal_id, by)
    now = database_now()
    if proposal.status == Status.PENDING and by.pk == proposal.recipient_id:
        proposal.view(now)
        record(proposal, EventKind.VIEWED, by, now, bumps=False)
    Look.objects.update_or_create(
        user=by, chain_id=proposal.chain_id, defaults={"proposal": proposal, "looked_at": now}
    )
    return proposal


@transaction.atomic
def accept_proposal(*, proposal_id: int, by: User, version: int | None = None) -> TradeProposal:
    """Promise both sides' copies to each other.

    Raises TradeError: 403 not the recipient or a limit, 409 expired, closed or copies gone
    (`missing_copies`, with one fault per line), 412 seen in an older version.
    """
    proposal = lock_proposal(proposal_id, by, version)
    require(proposal, "accept", by)
    items, holdings = lock_items(proposal)
    now = database_now()
    proposal.accept(now)
    require_trader(proposal.recipient, now)
    _refuse_gone(proposal.proposer, now)
    refuse_missing(items, holdings)
    check_unsettled(proposal, by, now)
    proposal.sends_first = first_to_send(proposal)
    reserve(promised(items))
    record(proposal, EventKind.ACCEPTED, by, now, sends_first=proposal.sends_first_id)
    return proposal


def _refuse_gone(proposer: User, now: datetime) -> None:
    """Nothing new begins with somebody whom the site has sent away; their open offers wait."""
    if proposer.is_suspended(now):
        raise TradeError("no_longer_available", _("This offer is no longer available."))


def first_to_send(proposal: TradeProposal) -> User:
    """The side of the lower tier; of equals, the proposer."""
    tiers = Tier(proposal.proposer.trust_tier), Tier(proposal.recipient.trust_tier)
    return proposal.recipient if tiers[1].rank < tiers[0].rank else proposal.proposer


@transaction.atomic
def decline_proposal(
    *, proposal_id: int, by: User, reason: str = "", for_good: bool = False, version: int | None = None
) -> TradeProposal:
    """Say no, with a reason or without; `for_good` asks not to be offered these cards again."""
    refuse_long(reason, "/decline_reason")
    proposal = lock_proposal(proposal_id, by, version)
    require(proposal, "decline", by)
    now = database_now()
    proposal.decline(now)
    proposal.decline_reason = reason
    proposal.declined_for_good = for_good
    record(proposal, EventKind.DECLINED, by, now, for_good=for_good)
    return proposal


def refuse_long(reason: str, pointer: str) -> None:
    if len(reason) > 500:
        detail = _("At most 500 characters.")
        raise TradeError("too_long", detail, status=400, faults=[Fault(pointer, "too_long", detail)])


@transaction.atomic
def counter_proposal(
    *, proposal_id: int, by: User, terms: Terms, version: int | None = None
) -> TradeProposal:
    """Answer with other terms: the parent is closed, the returned child has the roles swapped.

    `terms` are seen from `by`, the child's proposer. Counters do not count against offer limits.
    Raises TradeError as `create_proposal`; 409 for one's own, a closed or a countered offer, or one of
    somebody suspended.
    """
    check_terms(terms)
    parent = lock_proposal(proposal_id, by, version)
    if by.pk == parent.proposer_id:
        raise TradeError("own_proposal", _("Only the other side can counter this offer."))
    require(parent, "counter", by)
    now = database_now()
    parent.counter(now)
    require_trader(parent.recipient, now)
    _refuse_gone(parent.proposer, now)
    child = TradeProposal(
        proposer=parent.recipient,
        recipient=parent.proposer,
        parent_proposal=parent,
        first_proposal_id=parent.chain_id,
        counter_count=parent.counter_count + 1,
        created_at=now,
    )
    items, holdings = put_on_table(child, terms)
    send(child, items, holdings, now)
    record(parent, EventKind.COUNTERED, by, now, counter_proposal=child.pk)
    record(child, EventKind.SENT, by, now, bumps=False, parent_proposal=parent.pk)
    return child
