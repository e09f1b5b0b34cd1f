"""The lists of one's own trades."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.reader import reader_of
from core.clock import database_clock
from core.pages import page_at
from trades.desk import ORDERING, SideSummary, Tab, counts_of, proposals_in, summaries_of
from trades.models import TradeProposal
from trades.steps import Situation, Step, next_step


@dataclass(frozen=True, slots=True)
class TabLink:
    label: str
    href: str
    current: bool
    count: int | None


@dataclass(frozen=True, slots=True)
class TradeRow:
    """A trade as its reader's list shows it; sums in site currency, cash included."""

    proposal: TradeProposal
    partner: User
    give: SideSummary
    get: SideSummary
    give_cash: Decimal
    get_cash: Decimal
    step: Step | None

    @property
    def give_total(self) -> Decimal | None:
        return self._total(self.proposal.partner_id_of(self.partner.pk), self.give)

    @property
    def get_total(self) -> Decimal | None:
        return self._total(self.partner.pk, self.get)

    def _total(self, giver_id: int, side: SideSummary) -> Decimal | None:
        """None where nothing of what is given has a price."""
        total = self.proposal.promised_by(giver_id)
        return None if side.copies and not total else total


@require_safe
@login_required
def trade_list(request: HttpRequest, tab: str = Tab.NEEDS_YOU) -> HttpResponse:
    """One of the four lists of `trades.desk`."""
    if tab not in Tab.values:
        raise Http404
    reader, chosen = reader_of(request), Tab(tab)
    trades = proposals_in(chosen, reader).annotate(now=database_clock()).prefetch_related("shipments")
    page = page_at(request, trades, ordering=ORDERING[chosen])
    context = {
        "tab": chosen,
        "tabs": tab_links(chosen, counts_of(reader)),
        "page": page,
        "rows": rows_of(page.rows, reader),
    }
    return render(request, "trades/list.html", context)


def tab_links(chosen: Tab, counts: dict[Tab, int]) -> list[TabLink]:
    return [TabLink(str(tab.label), address_of(tab), tab == chosen, counts.get(tab)) for tab in Tab]


def address_of(tab: Tab) -> str:
    return reverse("trades:list") if tab == Tab.NEEDS_YOU else reverse("trades:list", args=[tab.value])


def rows_of(proposals: Sequence[TradeProposal], reader: User) -> list[TradeRow]:
    """Rows for proposals that bring their people, shipments and `now`; one query."""
    summaries = summaries_of(proposals)
    return [_row(proposal, reader, summaries, proposal.now) for proposal in proposals]  # type: ignore[attr-defined]  # annotated


def _row(
    proposal: TradeProposal, reader: User, summaries: dict[tuple[int, str], SideSummary], now: datetime
) -> TradeRow:
    partner = proposal.partner_of(reader.pk)
    sides = ("offer", "want") if reader.pk == proposal.proposer_id else ("want", "offer")
    give, get = (summaries.get((proposal.pk, side), SideSummary()) for side in sides)
    sides_of = ((reader, give), (partner, get))
    givers = {user.pk for user, side in sides_of if side.copies or proposal.cash_from(user.pk)}
    return TradeRow(
        proposal=proposal,
        partner=partner,
        give=give,
        get=get,
        give_cash=proposal.cash_from(reader.pk),
        get_cash=proposal.cash_from(partner.pk),
        step=next_step(
            Situation(
                proposal,
                reader,
                now,
                givers,
                list(proposal.shipments.all()),
                getattr(proposal, "dispute", None),
            )
        ),
    )
