"""The builder's workbench: two traders, what lies between them, and how it is shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils.functional import cached_property

from accounts.models import User
from core.navigation import exists
from trades.balance import Balance
from trades.claims import declined_for_good, other_offers
from trades.evening import EveningOut, even_out
from trades.models import Side, TradeItem, TradeProposal
from trades.offer_form import OfferForm, lay
from trades.panes import Pane, Tile, read_pane, read_tiles
from trades.services.sending import unwelcome_because
from trades.sides import even_percent, verdict_of
from trades.table import Table, TableLine, read_lines, take_off_unseen


@dataclass(frozen=True, slots=True)
class Bench:
    """Who writes to whom, and what is answered (`counter`) or edited (`send`)."""

    reader: User
    partner: User
    verb: str = "create"
    source: TradeProposal | None = None
    known: Mapping[int, TradeItem] = field(default_factory=dict)  # its lines by holding

    def giver(self, side: Side) -> User:
        return self.reader if side == Side.OFFER else self.partner


@dataclass(frozen=True, slots=True)
class Marks:
    """What is to be said about rows: how many other offers hold them, and which were refused for good."""

    claims: Mapping[int, int]
    refused: Collection[int]


@dataclass(frozen=True, slots=True)
class TileView:
    tile: Tile
    on_table: int
    claims: int
    is_refused: bool

    @property
    def is_spent(self) -> bool:
        """Every free copy lies on the table."""
        return self.on_table >= self.tile.holding.free


@dataclass(frozen=True, slots=True)
class LineRow:
    line: TableLine
    claims: int
    is_refused: bool
    errors: list[str]

    @property
    def is_in_doubt(self) -> bool:
        return bool(self.errors) or self.line.is_short


@dataclass(frozen=True, slots=True)
class TableSide:
    """One side of the table, what was laid down last on top; of a long one most is folded into words."""

    rows: list[LineRow]
    is_unfolded: bool  # somebody asked to see every line with its fields

    @property
    def shown(self) -> list[LineRow]:
        if self.is_unfolded or len(self.rows) <= LINES_SHOWN + 1:
            return self.rows
        # What is wrong is never folded away.
        return [row for place, row in enumerate(self.rows) if place < LINES_SHOWN or row.is_in_doubt]

    @property
    def folded(self) -> list[LineRow]:
        shown = {row.line.holding.pk for row in self.shown}
        return [row for row in self.rows if row.line.holding.pk not in shown]

    @property
    def folded_field(self) -> str:
        return ",".join(row.line.entry.folded(row.line.holding.pk) for row in self.folded)


LINES_SHOWN = 10  # of a side; the rest is folded


class Board:
    """One press of a button later: the table, its form, and everything to show of both. Reads lazily."""

    def __init__(self, bench: Bench, table: Table, data: QueryDict) -> None:
        self.bench, self.table, self.data = bench, table, data
        self.lines = read_lines(table, reader=bench.reader, partner=bench.partner, known=bench.known)
        self.dropped = take_off_unseen(table, self.lines)
        lay(data, table)
        self.form = OfferForm(data, self.lines, bench.partner)
        self.form.is_valid()

    def pane(self, side: Side) -> Pane:
        name = PANE[side]
        return read_pane(
            owner=self.bench.giver(side),
            receiver=self.bench.giver(_other(side)),
            typed=self.data.get(f"{name}_q", "")[:100],
            number=self._page(name),
        )

    def _page(self, name: str) -> int:
        """Turned to, or where it was; a new search starts at the first page."""
        if f"find_{name}" in self.data:
            return 1
        text = self.data.get(f"turn_{name}") or self.data.get(f"{name}_page", "1")
        return int(text) if text.isdecimal() and len(text) <= 4 and int(text) else 1

    def marks(self, holding_ids: Collection[int]) -> Marks:
        return Marks(
            other_offers(holding_ids, besides=self.bench.source),
            declined_for_good(by=self.bench.reader, partner=self.bench.partner, holding_ids=holding_ids),
        )

    def tiles(self, side: Side, holding_ids: Collection[int]) -> list[Tile]:
        owner, receiver = self.bench.giver(side), self.bench.giver(_other(side))
        return read_tiles(owner=owner, receiver=receiver, holding_ids=holding_ids)

    def tile_view(self, side: Side, tile: Tile, marks: Marks) -> TileView:
        pk = tile.holding.pk
        entry = self.table.side(side).get(pk)
        return TileView(tile, entry.copies if entry else 0, marks.claims.get(pk, 0), pk in marks.refused)

    def table_side(self, side: Side, marks: Marks) -> TableSide:
        rows = [
            LineRow(
                line,
                marks.claims.get(line.holding.pk, 0),
                line.holding.pk in marks.refused,
                self.form.errors_of(line),
            )
            for line in self.lines
            if line.side == side
        ]
        return TableSide(rows[::-1], "unfold" in self.data)

    @cached_property
    def balance(self) -> Balance:
        mine, theirs = self.form.cash_parts()
        items = {side: [line.item for line in self.lines if line.side == side] for side in Side}
        give, get = items[Side.OFFER], items[Side.WANT]
        return Balance(
            give=sum((item.line_value or Decimal(0) for item in give), mine),
            get=sum((item.line_value or Decimal(0) for item in get), theirs),
            give_copies=sum(item.quantity for item in give),
            get_copies=sum(item.quantity for item in get),
            unpriced=sum(item.unit_price is None for item in (*give, *get)),
            is_gift=not (give or mine) or not (get or theirs),
        )

    def evening_out(self) -> EveningOut:
        mine, theirs = self.form.cash_parts()
        return even_out(
            proposer_id=self.bench.reader.pk,
            recipient_id=self.bench.partner.pk,
            offered=self.balance.give - mine,
            wanted=self.balance.get - theirs,
            proposer_adds_cash=mine,
            recipient_adds_cash=theirs,
            on_table=self.table.holding_ids,
        )

    def unwelcome(self) -> str | None:
        """Why the partner would not take such an offer; a counter was asked for."""
        if self.bench.verb == "counter" or not (self.lines or self.balance.give):
            return None
        mine, _theirs = self.form.cash_parts()
        draft = TradeProposal(
            proposer=self.bench.reader,
            recipient=self.bench.partner,
            proposer_offers_value=self.balance.give - mine,
            proposer_adds_cash=mine,
            completion_method=self.form.cleaned_data.get("completion_method") or "mail",
        )
        return unwelcome_because(draft)


PANE = {Side.OFFER: "mine", Side.WANT: "theirs"}


def _other(side: Side) -> Side:
    return Side.WANT if side == Side.OFFER else Side.OFFER


def whole_context(board: Board) -> dict[str, Any]:
    """Both panes and the table."""
    panes = {side: board.pane(side) for side in Side}
    shown = board.table.holding_ids.union(*(pane.holding_ids for pane in panes.values()))
    marks = board.marks(shown)
    return {
        **table_context(board, marks),
        "mine": _pane(board, Side.OFFER, panes[Side.OFFER], marks),
        "theirs": _pane(board, Side.WANT, panes[Side.WANT], marks),
        "side": board.data.get("side", "mine"),
        "unwelcome": board.unwelcome(),
    }


def table_context(board: Board, marks: Marks) -> dict[str, Any]:
    balance = board.balance
    return {
        "bench": board.bench,
        "partner": board.bench.partner,
        "source": board.bench.source,
        "form": board.form,
        "dropped": board.dropped,
        "give": board.table_side(Side.OFFER, marks),
        "get": board.table_side(Side.WANT, marks),
        "balance": balance,
        "verdict": verdict_of(balance),
        "fairness": even_percent(balance),
        "is_unfolded": "unfold" in board.data,
        "suggestions": board.evening_out() if "even_out" in board.data else None,
        "version": board.data.get("version", ""),
    }


def moved_context(board: Board, moved: Collection[int]) -> dict[str, Any]:
    """The table, and the tiles of the rows that came or went."""
    marks = board.marks(board.table.holding_ids | set(moved))
    tiles = {side: board.tiles(side, moved) for side in Side} if moved else {}
    return {
        **table_context(board, marks),
        "moved": [
            {"view": board.tile_view(side, tile, marks), "side": side}
            for side in tiles
            for tile in tiles[side]
        ],
    }


def pane_context(board: Board, side: Side) -> dict[str, Any]:
    pane = board.pane(side)
    return {"partner": board.bench.partner, "pane": _pane(board, side, pane, board.marks(pane.holding_ids))}


def _pane(board: Board, side: Side, pane: Pane, marks: Marks) -> dict[str, Any]:
    return {
        "name": PANE[side],
        "side": side,
        "is_mine": side == Side.OFFER,
        "pane": pane,
        "tiles": [board.tile_view(side, tile, marks) for tile in pane.tiles],
        "has_signals": exists("/signals/marks/"),
    }
