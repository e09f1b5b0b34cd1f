"""Importing a binder: read, find the printings, compare with what is there, write."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cards.imports.identify import Meant, Printings
from cards.imports.plans import ImportPlan, Mode, Outcome, in_line_order, nothing_removed
from cards.imports.reading import read_file
from cards.imports.rows import ReadRow, RowError
from cards.models import Card, Condition, Holding, Language
from cards.printings import RefusedRow
from cards.rows import MOST_COPIES, Copies, RowKey, put_in
from cards.services.owners import lock_owner
from cards.signals import holdings_added

ForTrade = Literal["column", "all", "none"]

_SET_COPIES = """
    UPDATE cards_holding h
    SET quantity = asked.quantity, for_trade = asked.for_trade, is_hidden = asked.quantity = 0,
        updated_at = clock_timestamp()
    FROM unnest(%s::bigint[], %s::int[], %s::int[]) AS asked (id, quantity, for_trade)
    WHERE h.id = asked.id
"""


@dataclass(slots=True)
class Wanted:
    """What the file says of one row of the binder, over all its lines."""

    card: Card
    lines: list[int] = field(default_factory=list)
    quantity: int = 0
    for_trade: int | None = None  # None: the file has no such column
    guessed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BinderChange:
    """One row of the binder, before and after. `before` None: it is not there, or hidden."""

    key: RowKey
    card: Card
    before: Copies | None
    after: Copies
    lines: tuple[int, ...] = ()
    guessed: bool = False  # the file leaves open which printing; this is the likeliest
    holding_id: int | None = None

    @property
    def outcome(self) -> Outcome:
        if not self.after.quantity:
            return "removed"
        if self.before is None:
            return "created"
        return "unchanged" if self.before == self.after else "updated"


@dataclass(slots=True, kw_only=True)
class BinderPlan(ImportPlan[BinderChange]):
    for_trade: ForTrade
    wanted: dict[RowKey, Wanted]
    misread: list[RowError]  # rows that could not be understood, whatever the binder holds

    @property
    def asks_for_trade(self) -> bool:
        """The file does not say what is for trade, and nobody has answered yet."""
        return self.for_trade == "column" and not self.read.has_trade_column


def plan_import(
    *,
    owner: User,
    content: bytes | str,
    mode: Mode = "add",
    for_trade: ForTrade = "column",
    is_csv: bool = False,
) -> BinderPlan:
    """What importing `content` into `owner`'s binder would do. Writes nothing.

    CardError 400 `unreadable_file`, `header_unknown`, `no_rows`; 413 `too_large`, `too_many_rows`.
    """
    read = read_file(content, is_csv=is_csv)
    misread = list(read.errors)
    wanted = _wanted(owner, read.rows, for_trade, misread)
    plan = BinderPlan(owner=owner, read=read, mode=mode, for_trade=for_trade, wanted=wanted, misread=misread)
    return _compare(plan, lock=False)


@transaction.atomic
def apply_import(*, plan: BinderPlan, strict: bool = False) -> BinderPlan:
    """Carry the plan out, compared anew with the binder as it is now; comes back as carried out.

    All good rows are written and the others reported; `strict` refuses all if one is bad:
    CardError 400 `rows_refused`. Copies that are promised in a trade stay, whatever the file says.
    """
    lock_owner(plan.owner)
    plan = _compare(plan, lock=True)
    if strict:
        plan.refuse_errors()
    grown = _write(plan)
    if grown:
        holdings_added.send(sender=Holding, owner_id=plan.owner.pk, holding_ids=sorted(grown))
    return plan


def _wanted(
    owner: User, rows: list[ReadRow], for_trade: ForTrade, misread: list[RowError]
) -> dict[RowKey, Wanted]:
    """The file's rows by the row of the binder they belong to; rows of the same key are one."""
    printings = Printings(rows)
    wanted: dict[RowKey, Wanted] = {}
    for row in rows:
        try:
            meant = printings.meant_by(row)
        except RefusedRow as bad:
            misread.append(RowError(row.line, bad.code, bad.detail))
            continue
        one = wanted.setdefault(_key(owner, row, meant), Wanted(meant.card))
        one.lines.append(row.line)
        one.quantity += row.quantity
        one.guessed |= meant.guessed
        copies = _copies_for_trade(row, for_trade)
        one.for_trade = copies if one.for_trade is None else one.for_trade + (copies or 0)
    return wanted


def _key(owner: User, row: ReadRow, meant: Meant) -> RowKey:
    condition, language = row.condition or Condition.NM, row.language or Language.EN
    return RowKey(owner.pk, meant.card.pk, meant.finish, condition, language, row.variant, row.note)


def _copies_for_trade(row: ReadRow, for_trade: ForTrade) -> int | None:
    return {"column": row.for_trade, "all": row.quantity, "none": 0}[for_trade]


def _compare(plan: BinderPlan, *, lock: bool) -> BinderPlan:
    """The plan with its changes and errors against the binder as it stands."""
    standing = _standing(plan, lock=lock)
    plan.changes = []
    plan.errors = list(plan.misread)
    for key, one in plan.wanted.items():
        holding = standing.get(key)
        after = _after(one, holding, plan.mode)
        if refusal := _refusal(one, after, holding):
            plan.errors.append(refusal)
        else:
            plan.changes.append(_change(key, one, after, holding))
    if plan.mode == "replace":
        _remove_others(plan, [row for key, row in standing.items() if key not in plan.wanted])
    plan.errors = in_line_order(plan.errors)
    return plan


def _standing(plan: BinderPlan, *, lock: bool) -> dict[RowKey, Holding]:
    """The owner's rows that the plan may touch, hidden ones too, locked in the order of all locks."""
    holdings = Holding.objects.filter(owner=plan.owner).in_lock_order()
    if plan.mode == "add":
        holdings = holdings.filter(card__in={key.card_id for key in plan.wanted})
    if lock:
        holdings = holdings.select_for_update(no_key=True)
    return {_key_of(holding): holding for holding in holdings}


def _key_of(holding: Holding) -> RowKey:
    return RowKey(*(getattr(holding, name) for name in RowKey._fields))


def _after(one: Wanted, holding: Holding | None, mode: Mode) -> Copies:
    quantity = holding.quantity if holding else 0
    for_trade = holding.for_trade if holding else 0
    if mode == "add":
        return Copies(quantity + one.quantity, for_trade + (one.for_trade or 0))
    kept = min(for_trade, one.quantity) if one.for_trade is None else one.for_trade
    return Copies(one.quantity, kept)


def _refusal(one: Wanted, after: Copies, holding: Holding | None) -> RowError | None:
    if after.quantity > MOST_COPIES:
        detail = _("A row of a binder holds at most %s copies.") % f"{MOST_COPIES:,}"
        return RowError(one.lines[0], "row_full", detail)
    if holding and after.for_trade < holding.reserved:
        return _reserved(one.lines[0], holding, one.card)
    return None


def _reserved(line: int, holding: Holding, card: Card) -> RowError:
    words = {"count": holding.reserved, "card": str(card)}
    detail = _("%(count)s × %(card)s are promised in a trade: the row stays as it is.") % words
    return RowError(line, "copies_reserved", detail)


def _change(key: RowKey, one: Wanted, after: Copies, holding: Holding | None) -> BinderChange:
    is_there = holding is not None and not holding.is_hidden
    return BinderChange(
        key=key,
        card=one.card,
        before=Copies(holding.quantity, holding.for_trade) if holding and is_there else None,
        after=after,
        lines=tuple(one.lines),
        guessed=one.guessed,
        holding_id=holding.pk if holding else None,
    )


def _remove_others(plan: BinderPlan, others: Iterable[Holding]) -> None:
    others = [holding for holding in others if not holding.is_hidden]
    if others and plan.misread:
        plan.errors.append(nothing_removed())
        return
    cards = Card.objects.in_bulk({holding.card_id for holding in others})
    for holding in others:
        card = cards[holding.card_id]
        if holding.reserved:
            plan.errors.append(_reserved(0, holding, card))
            continue
        before = Copies(holding.quantity, holding.for_trade)
        key = _key_of(holding)
        plan.changes.append(
            BinderChange(key=key, card=card, before=before, after=Copies(0), holding_id=holding.pk)
        )


def _write(plan: BinderPlan) -> list[int]:
    """Two statements, however many rows; the ids of rows that hold more copies than before."""
    changed = [change for change in plan.changes if change.outcome != "unchanged"]
    new = {change.key: change.after for change in changed if change.holding_id is None}
    grown = [row.id for row in put_in(new).values()] if new else []
    known = [change for change in changed if change.holding_id is not None]
    if known:
        rows = [(change.holding_id, *change.after) for change in known]
        with connection.cursor() as cursor:
            cursor.execute(_SET_COPIES, [list(column) for column in zip(*rows, strict=True)])
    return grown + [change.holding_id for change in known if change.holding_id and _has_grown(change)]


def _has_grown(change: BinderChange) -> bool:
    before = change.before or Copies(0)
    return change.after.quantity > before.quantity or change.after.for_trade > before.for_trade
