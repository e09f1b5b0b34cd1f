"""The page of one trade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.reader import reader_of
from notifications.services import mark_subject_read
from trades.balance import balance_of, drift_of
from trades.changes import Changes, changes_of
from trades.claims import other_offers
from trades.deadlines import DISPUTABLE
from trades.forms import VerbForm
from trades.models import CompletionMethod, Shipment, TradeEvent, TradeProposal
from trades.negotiation import Negotiation, read_negotiation
from trades.services import view_proposal
from trades.services.permission import allowed_verbs
from trades.sides import SideView, drift_words, even_percent, side_of, verdict_of
from trades.steps import Situation, next_step
from trades.timeline import Entry, entries_of
from trades.views.verbs import actions_for


@require_safe
@login_required
def trade(request: HttpRequest, pk: int) -> HttpResponse:
    """One proposal with its whole chain. The recipient's first look marks it viewed."""
    reader = reader_of(request)
    negotiation = negotiation_or_404(pk, reader)
    if _is_first_look(negotiation):
        view_proposal(proposal_id=pk, by=reader)
        negotiation = negotiation_or_404(pk, reader, last_seen_id=negotiation.last_seen_id)
    if negotiation.has_news:
        mark_subject_read(by=reader, subject=f"trade:{negotiation.shown.chain_id}")
    return render(request, "trades/detail.html", trade_context(negotiation))


def negotiation_or_404(pk: int, reader: User, **replaced: Any) -> Negotiation:
    try:
        negotiation = read_negotiation(proposal_id=pk, reader=reader)
    except TradeProposal.DoesNotExist as error:
        raise Http404 from error
    for name, value in replaced.items():
        setattr(negotiation, name, value)
    return negotiation


def _is_first_look(negotiation: Negotiation) -> bool:
    """Old offers of the chain are only leafed through: what was seen last stays the newest."""
    seen = negotiation.last_seen_id
    return negotiation.is_head and negotiation.shown.sent_at is not None and seen != negotiation.shown.pk


def trade_context(negotiation: Negotiation, posted: Mapping[str, VerbForm] | None = None) -> dict[str, Any]:
    """What the page shows; `posted` are forms that came back with errors, by verb."""
    shown, reader, partner = negotiation.shown, negotiation.reader, negotiation.partner
    balance = balance_of(shown, reader.pk, negotiation.shown_items)
    drift = drift_of(shown, reader.pk, negotiation.shown_items) if shown.is_open else None
    give, get = _sides(negotiation)
    givers = {user.pk for user, side in ((reader, give), (partner, get)) if side.lines or side.cash}
    situation = Situation(shown, reader, negotiation.now, givers, _shipments(shown), negotiation.dispute)
    return {
        "trade": shown,
        "negotiation": negotiation,
        "partner": partner,
        "give": give,
        "get": get,
        "balance": balance,
        "verdict": verdict_of(balance),
        "fairness": even_percent(balance),
        "drift": drift,
        "drift_words": drift and drift_words(drift),
        "step": next_step(situation),
        "actions": actions_for(situation, allowed_verbs(shown, reader, negotiation.now), posted or {}),
        "dispute": negotiation.dispute,
        "may_dispute": _may_dispute(situation),
        "shipments": _told(situation),
        "own_shipment": situation.shipment_of(reader),
        "exchange": _exchange(situation),
        "invalid": next(iter((posted or {}).values()), None),
        "changes": changes_of(negotiation.diff_to(shown), reader, partner),
        "since_last_look": changes_of(negotiation.since_last_look, reader, partner),
        "newer": changes_of(negotiation.diff_from_shown_to_head, reader, partner),
        "timeline": _timeline(negotiation),
        "missing": negotiation.missing,
        "must_not_send": situation.is_agreed and partner.is_suspended(negotiation.now),
    }


def _sides(negotiation: Negotiation) -> tuple[SideView, SideView]:
    """What the reader gives, and what they get."""
    shown = negotiation.shown
    ids = {item.holding_id for item in negotiation.shown_items}
    claims = other_offers(ids, besides=shown) if shown.is_open else {}
    give, get = (
        side_of(
            negotiation.given_by(user),
            cash=shown.cash_from(user.pk),
            total=shown.promised_by(user.pk),
            missing=negotiation.missing,
            claims=claims,
        )
        for user in (negotiation.reader, negotiation.partner)
    )
    return give, get


def _shipments(shown: TradeProposal) -> list[Shipment]:
    return list(shown.shipments.all()) if shown.accepted_at else []


def _may_dispute(at: Situation) -> bool:
    """Once, while it is under way or within 30 days after completion."""
    if at.dispute is not None:
        return False
    completed_at = at.proposal.completed_at
    return at.is_agreed or (completed_at is not None and at.now <= completed_at + DISPUTABLE)


@dataclass(frozen=True, slots=True)
class Exchange:
    """Who agreed to show their address."""

    has_reader_agreed: bool
    has_partner_agreed: bool

    @property
    def is_open(self) -> bool:
        return self.has_reader_agreed and self.has_partner_agreed


def _exchange(at: Situation) -> Exchange | None:
    """None where no parcel travels."""
    if not at.is_agreed or at.proposal.completion_method != CompletionMethod.MAIL:
        return None
    agreed = set(at.proposal.address_consents.values_list("user_id", flat=True))
    return Exchange(at.reader.pk in agreed, at.partner.pk in agreed)


def _told(at: Situation) -> list[tuple[User, Shipment]]:
    """What either side said about its parcel or payment, the reader's own first."""
    told = [(user, at.shipment_of(user)) for user in (at.reader, at.partner)]
    return [(user, shipment) for user, shipment in told if shipment is not None]


def _timeline(negotiation: Negotiation) -> list[tuple[Entry, Changes | None]]:
    """What happened, oldest first; a counter brings what it changed."""
    events = TradeEvent.objects.filter(proposal__in=negotiation.chain).order_by("pk")
    reader, partner = negotiation.reader, negotiation.partner
    return [
        (
            entry,
            changes_of(negotiation.diff_to(entry.proposal), reader, partner) if entry.opens_offer else None,
        )
        for entry in entries_of(events, negotiation.chain, reader, partner)
    ]
