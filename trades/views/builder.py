"""Writing an offer, a counter or a draft: the builder. Its whole state travels in its form."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import reswap, retarget

from accounts.models import User
from accounts.reader import reader_of
from core.clock import database_clock
from core.pages import see_other, wants_part
from trades.errors import TradeError
from trades.models import TradeItem, TradeProposal
from trades.offer_form import typed
from trades.services import counter_proposal, create_proposal, edit_draft, send_draft
from trades.services.locks import free_copies
from trades.services.permission import allowed_verbs
from trades.table import Table, ids_in, laid_table, move, posted_table
from trades.terms import Line, Terms
from trades.views.answers import CONFLICTS
from trades.views.bench import PANE, Bench, Board, moved_context, pane_context, whole_context
from trades.views.conflicts import conflict_page


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """`?with=bob`, and from a match `&offer=7&want=91,92`: rows that lie on the table already."""
    reader = reader_of(request)
    name = request.GET.get("with", "").strip()
    partner = User.objects.visible_to(reader).named(name).exclude(pk=reader.pk).first() if name else None
    if partner is None:
        return _ask_with_whom(request, name)
    laid = [[Line(pk) for pk in ids_in(request.GET, side)] for side in ("offer", "want")]
    return _build(request, Bench(reader, partner), laid_table(*laid), Terms())


def _ask_with_whom(request: HttpRequest, name: str) -> HttpResponse:
    context = {"name": name, "partners": _recent_partners(reader_of(request))}
    return render(request, "trades/with_whom.html", context, status=404 if name else 200)


def _recent_partners(reader: User) -> list[User]:
    """Whom the reader traded or haggled with last, as far as they may still know of them."""
    pairs = TradeProposal.objects.visible_to(reader).order_by("-pk").values_list("proposer", "recipient")[:30]
    ids = list(dict.fromkeys(pk for pair in pairs for pk in pair if pk != reader.pk))
    people = User.objects.visible_to(reader).in_bulk(ids)
    return [people[pk] for pk in ids if pk in people][:6]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft of one's own."""
    bench = _bench_of(request, pk, "send")
    if isinstance(bench, HttpResponse):
        return bench
    return _build(request, bench, *_terms_of(bench, list(bench.known.values()), swapped=False))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def counter(request: HttpRequest, pk: int) -> HttpResponse:
    """The answer to an offer: its terms with the sides swapped; `?without=missing` drops what is gone."""
    bench = _bench_of(request, pk, "counter")
    if isinstance(bench, HttpResponse):
        return bench
    items = list(bench.known.values())
    if request.GET.get("without") == "missing":
        items = _still_there(items)
    return _build(request, bench, *_terms_of(bench, items, swapped=True))


def _bench_of(request: HttpRequest, pk: int, verb: str) -> Bench | HttpResponse:
    """The bench for a proposal of the reader's; where `verb` is not theirs now, what tells them so.

    An old trade or a draft is no way to look into the binder of somebody who has blocked the reader.
    """
    reader = reader_of(request)
    partners = User.objects.visible_to(reader).filter(pk__in=[OuterRef("proposer"), OuterRef("recipient")])
    found: Any = TradeProposal.objects.visible_to(reader).with_people()
    found = found.annotate(now=database_clock(), knows_partner=Exists(partners.exclude(pk=reader.pk)))
    source = found.filter(pk=pk).first()
    if source is None:
        raise Http404
    if verb not in allowed_verbs(source, reader, source.now) or not source.knows_partner:
        return _too_late(request, source)
    items = TradeItem.objects.filter(proposal=source).select_related("card", "holding__card")
    known = {item.holding_id: item for item in items}
    return Bench(reader, source.partner_of(reader.pk), verb, source, known)


def _too_late(request: HttpRequest, source: TradeProposal) -> HttpResponse:
    """A conflict for who has written something, a remark for who only came to."""
    detail = _("This offer cannot be changed any more.")
    if request.method != "POST":
        messages.warning(request, detail)
        return redirect("trades:trade", source.pk)
    version = request.POST.get("version", "")
    seen = int(version) if version.isdecimal() and len(version) < 10 else source.version
    return conflict_page(request, source.pk, TradeError("too_late", detail), seen_version=seen)


def _still_there(items: list[TradeItem]) -> list[TradeItem]:
    for item in items:
        item.quantity = min(item.quantity, free_copies(item, item.holding))
    return [item for item in items if item.quantity > 0]


def _terms_of(bench: Bench, items: list[TradeItem], *, swapped: bool) -> tuple[Table, Terms]:
    """What the bench's proposal says, as its reader would say it."""
    source = bench.source
    assert source is not None  # noqa: S101  (only a new offer has none)
    lines = {side: [_line(item) for item in items if item.side == side] for side in ("offer", "want")}
    cash = source.proposer_adds_cash, source.recipient_adds_cash
    mine, theirs = cash[::-1] if swapped else cash
    table = laid_table(*([lines["want"], lines["offer"]] if swapped else [lines["offer"], lines["want"]]))
    terms = Terms(
        proposer_adds_cash=mine,
        recipient_adds_cash=theirs,
        message="" if swapped else source.message,
        life_days=7 if swapped else source.life_days,
        completion_method=source.completion_method,
    )
    return table, terms


def _line(item: TradeItem) -> Line:
    return Line(item.holding_id, item.quantity, item.unit_price if item.declared else None)


def _build(request: HttpRequest, bench: Bench, table: Table, terms: Terms) -> HttpResponse:
    if request.method == "POST":
        return _pressed(request, bench)
    data = typed(table, terms)
    if bench.source is not None:
        data["version"] = str(bench.source.version)
    return _whole(request, Board(bench, table, data))


def _pressed(request: HttpRequest, bench: Bench) -> HttpResponse:
    """A button of the builder: the offer is sent or kept, or shown as it is after that press."""
    data = request.POST.copy()
    if "even_cash" in data:  # from a suggestion: "me:3.00"
        data["cash_from"], _colon, data["cash"] = str(data["even_cash"]).partition(":")
    table = posted_table(data)
    moved = move(table, data)
    board = Board(bench, table, data)
    if "send" in data or "save" in data:
        return _finish(request, board)
    if not wants_part(request) or "update" in data:
        return _whole(request, board)
    for side, name in PANE.items():
        if f"turn_{name}" in data or f"find_{name}" in data:
            return _part(request, "pane", pane_context(board, side), f"#pane-{name}")
    return _part(request, "moved", moved_context(board, moved), "#table")


def _whole(request: HttpRequest, board: Board, status: int = 200) -> HttpResponse:
    if wants_part(request):
        return _part(request, "builder", whole_context(board), "#builder")
    context = {**whole_context(board), "is_refused": status != 200}
    return render(request, "trades/builder.html", context, status=status)


def _part(request: HttpRequest, name: str, context: dict[str, Any], target: str) -> HttpResponse:
    response = render(request, f"trades/builder/{name}.html", context)
    return reswap(retarget(response, target), "outerHTML")


def _finish(request: HttpRequest, board: Board) -> HttpResponse:
    """Send or keep what is written: 303 to the trade, 409 if what it answers has changed, or 422."""
    form = board.form
    if not form.is_valid():
        return _whole(request, board, status=422)
    try:
        trade = _perform(board, is_draft="save" in board.data)
    except TradeError as error:
        if error.status in CONFLICTS and board.bench.source is not None and not error.faults:
            return conflict_page(
                request, board.bench.source.pk, error, seen_version=form.cleaned_data["version"]
            )
        form.refuse(error)
        return _whole(request, board, status=403 if error.status == 403 else 422)
    messages.success(request, _("Saved. Only you can see it.") if "save" in board.data else _("Sent."))
    return see_other(trade)


def _perform(board: Board, *, is_draft: bool) -> TradeProposal:
    bench, terms = board.bench, board.form.terms()
    if bench.source is None:
        return create_proposal(by=bench.reader, recipient=bench.partner.username, terms=terms, draft=is_draft)
    pk, version = bench.source.pk, board.form.cleaned_data["version"]
    if bench.verb == "counter":
        return counter_proposal(proposal_id=pk, by=bench.reader, terms=terms, version=version)
    with transaction.atomic():
        draft = edit_draft(proposal_id=pk, by=bench.reader, terms=terms, version=version)
        return draft if is_draft else send_draft(proposal_id=pk, by=bench.reader)
