"""Drafting and sending a proposal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.limits import Tier
from accounts.models import OffersBy, User
from cards.custody import lock_holdings
from cards.models import Holding
from core.clock import database_now
from core.errors import Fault
from core.prepared import columns_of, made, rows_of
from trades.errors import TradeError
from trades.limits import check_life, check_offer_limits
from trades.models import EventKind, Side, TradeItem, TradeProposal
from trades.services.locks import lock_proposal, refuse_missing
from trades.services.permission import require, require_trader
from trades.services.record import record, save_changes
from trades.terms import Line, Terms, check_terms, lay_out, value_of


@transaction.atomic
def create_proposal(*, by: User, recipient: str, terms: Terms, draft: bool = False) -> TradeProposal:
    """Send an offer to the user named `recipient`, or keep it as a draft.

    Raises TradeError: 400 wrong input, 403 a limit or not welcome, 409 copies no longer free.
    """
    check_terms(terms)
    proposer, partner = _lock_both(by, recipient)
    now = database_now()
    _refuse_hidden(partner, proposer, now)
    require_trader(proposer, now)
    proposal = TradeProposal(proposer=proposer, recipient=partner, created_at=now)
    items, holdings = put_on_table(proposal, terms)
    if draft:
        save_changes(proposal)
        keep_items(proposal, items)
        return proposal
    check_offer_limits(proposer, partner, now)
    send(proposal, items, holdings, now)
    record(proposal, EventKind.SENT, proposer, now, bumps=False)
    return proposal


# Both in one statement, by the indexes of ids and of names without case.
_BOTH = f"""
    SELECT {columns_of(User, "u")} FROM accounts_user u
    WHERE u.id = %(by)s OR lower(u.username) = %(named)s ORDER BY u.id FOR NO KEY UPDATE
"""  # noqa: S608  (columns of our own)


def _lock_both(by: User, username: str) -> tuple[User, User]:
    """The proposer and whoever is named, fresh and locked by ascending id."""
    if username.lower() == by.username.lower():
        raise _refused_recipient("recipient_is_you", _("You cannot trade with yourself."))
    found = rows_of(_BOTH, {"by": by.pk, "named": username.lower()})
    people = {user.pk: user for user in (made(User, row) for row in found)}
    proposer = people.pop(by.pk)
    if not people:
        raise _nobody_there()
    return proposer, people.popitem()[1]


def _refuse_hidden(partner: User, by: User, now: datetime) -> None:
    """One answer for unknown, banned, suspended and blocked: a stranger learns nothing."""
    if partner.is_suspended(now) or not partner.is_visible_to(by):
        raise _nobody_there()


def _nobody_there() -> TradeError:
    return _refused_recipient("unknown_recipient", _("No trader of this name takes offers."))


def _refused_recipient(code: str, detail: str) -> TradeError:
    return TradeError(code, detail, status=400, faults=[Fault("/recipient", code, detail)])


def put_on_table(proposal: TradeProposal, terms: Terms) -> tuple[list[TradeItem], dict[int, Holding]]:
    """Write checked `terms` on the unsaved or locked `proposal`; its items are returned, not saved."""
    holdings = lock_holdings(terms.holding_ids)
    items = lay_out(terms, holdings, proposal.proposer_id, proposal.recipient_id)
    proposal.proposer_offers_value = value_of(items, Side.OFFER)
    proposal.proposer_wants_value = value_of(items, Side.WANT)
    proposal.proposer_adds_cash = terms.proposer_adds_cash
    proposal.recipient_adds_cash = terms.recipient_adds_cash
    proposal.message = terms.message
    proposal.life_days = terms.life_days
    proposal.completion_method = terms.completion_method
    return items, holdings


def send(
    proposal: TradeProposal, items: list[TradeItem], holdings: dict[int, Holding], now: datetime
) -> None:
    """Check and save the unsaved or locked `proposal` as sent; the caller records the event."""
    _refuse_unwelcome(proposal)
    check_life(proposal.proposer, proposal.life_days, now)
    refuse_missing(items, holdings)
    proposal.send(now)
    proposal.expires_at = now + timedelta(days=proposal.life_days)
    save_changes(proposal)
    keep_items(proposal, items)


def keep_items(proposal: TradeProposal, items: list[TradeItem]) -> None:
    for item in items:
        item.proposal = proposal
    TradeItem.objects.bulk_create(items)


def _refuse_unwelcome(proposal: TradeProposal) -> None:
    """Keep to what the recipient said under "accepts offers from". A counter was asked for."""
    reason = None if proposal.parent_proposal_id else unwelcome_because(proposal)
    if reason:
        raise TradeError("not_welcome", reason, status=403)


def unwelcome_because(proposal: TradeProposal) -> str | None:
    """Why the recipient takes no such offer, in words for the proposer; None if they do."""
    sender, host = proposal.proposer, proposal.recipient
    if host.offers_from_countries and sender.country.code not in host.offers_from_countries:
        return _("This trader takes no offers from your country.")
    if host.offers_by != OffersBy.ANY and proposal.completion_method != host.offers_by:
        return _("This trader trades %(how)s.") % {"how": OffersBy(host.offers_by).label}
    if proposal.proposer_total < host.offers_min_value:
        return _("This trader takes offers from %(value)s on.") % {"value": host.offers_min_value}
    if Tier(sender.trust_tier).rank < Tier(host.offers_min_tier).rank:
        return _("This trader takes offers from the tier %(tier)s on.") % {
            "tier": Tier(host.offers_min_tier).label
        }
    return None


@transaction.atomic
def edit_draft(*, proposal_id: int, by: User, terms: Terms, version: int | None = None) -> TradeProposal:
    """Replace what a draft says. Raises TradeError 409 once it is sent, 400 as `create_proposal`."""
    return _rewrite(lock_proposal(proposal_id, by, version), by, terms)


@transaction.atomic
def amend_draft(
    *, proposal_id: int, by: User, changes: Mapping[str, Any], version: int | None = None
) -> TradeProposal:
    """Replace some of what a draft says: `changes` by the names of `Terms`. Raises as `edit_draft`."""
    proposal = lock_proposal(proposal_id, by, version)
    return _rewrite(proposal, by, replace(terms_of(proposal), **changes))


def _rewrite(proposal: TradeProposal, by: User, terms: Terms) -> TradeProposal:
    require(proposal, "send", by)
    check_terms(terms)
    # Or a draft from before a block would still tell what lies in the other's binder, row by row.
    _refuse_hidden(proposal.recipient, by, database_now())
    items, _holdings = put_on_table(proposal, terms)
    proposal.items.all().delete()
    keep_items(proposal, items)
    proposal.version += 1
    save_changes(proposal)
    return proposal


@transaction.atomic
def send_draft(*, proposal_id: int, by: User, version: int | None = None) -> TradeProposal:
    """Send a draft; values and prices are frozen now, not when it was written."""
    proposal = lock_proposal(proposal_id, by, version)
    require(proposal, "send", by)
    now = database_now()
    require_trader(proposal.proposer, now)
    _refuse_hidden(proposal.recipient, proposal.proposer, now)
    check_offer_limits(proposal.proposer, proposal.recipient, now)
    terms = terms_of(proposal)
    check_terms(terms)
    items, holdings = put_on_table(proposal, terms)
    proposal.items.all().delete()
    send(proposal, items, holdings, now)
    record(proposal, EventKind.SENT, by, now)
    return proposal


def terms_of(proposal: TradeProposal) -> Terms:
    """What a proposal says, as its proposer would say it again. One query."""
    items = list(proposal.items.all())
    return Terms(
        offers=tuple(_line_of(item) for item in items if item.side == Side.OFFER),
        wants=tuple(_line_of(item) for item in items if item.side == Side.WANT),
        proposer_adds_cash=proposal.proposer_adds_cash,
        recipient_adds_cash=proposal.recipient_adds_cash,
        message=proposal.message,
        life_days=proposal.life_days,
        completion_method=proposal.completion_method,
    )


def _line_of(item: TradeItem) -> Line:
    return Line(item.holding_id, item.quantity, item.unit_price if item.declared else None)
