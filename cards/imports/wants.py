"""Importing a want list: the same files and pastes, read as wishes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cards.imports.identify import Printings
from cards.imports.plans import ImportPlan, Mode, Outcome, in_line_order, nothing_removed
from cards.imports.reading import read_file
from cards.imports.rows import ReadRow, RowError
from cards.models import Card, Condition, Finish, Want
from cards.printings import RefusedRow
from cards.services.owners import lock_owner
from cards.services.wants import MOST_WANTED
from cards.signals import wants_added

Printing = Literal["row", "any"]

_SET_WANTS = """
    UPDATE cards_want w
    SET quantity = asked.quantity, max_price = asked.max_price,
        accepts_gold_bordered = asked.accepts_gold_bordered, updated_at = clock_timestamp()
    FROM unnest(%s::bigint[], %s::int[], %s::numeric[], %s::boolean[])
         AS asked (id, quantity, max_price, accepts_gold_bordered)
    WHERE w.id = asked.id
"""


class WantKey(NamedTuple):
    """What makes two wants the same one."""

    card_id: int | None
    oracle_id: UUID | None
    finish: str  # "" any, as is language
    language: str
    least_condition: str


class Terms(NamedTuple):
    quantity: int
    max_price: Decimal | None = None
    accepts_gold_bordered: bool = False


@dataclass(slots=True)
class Wish:
    """What the file says of one want, over all its lines."""

    card: Card  # the printing, or one of "any printing"
    lines: list[int] = field(default_factory=list)
    quantity: int = 0
    terms: Terms | None = None  # of a file that can say them: our own


@dataclass(frozen=True, slots=True, kw_only=True)
class WantChange:
    """One want, before and after. `before` None: it is not there; `after` None: it goes."""

    key: WantKey
    card: Card
    before: Terms | None
    after: Terms | None
    lines: tuple[int, ...] = ()
    want_id: int | None = None

    @property
    def outcome(self) -> Outcome:
        if self.after is None:
            return "removed"
        if self.before is None:
            return "created"
        return "unchanged" if self.before == self.after else "updated"


@dataclass(slots=True, kw_only=True)
class WantsPlan(ImportPlan[WantChange]):
    wishes: dict[WantKey, Wish]
    misread: list[RowError]


def plan_wants_import(
    *,
    owner: User,
    content: bytes | str,
    mode: Mode = "add",
    printing: Printing = "row",
    is_csv: bool = False,
) -> WantsPlan:
    """What importing `content` into `owner`'s want list would do. Writes nothing.

    A row that names a printing wants that one, a bare name any printing; `printing` "any" wants
    any printing of everything. Errors as of `cards.imports.plan_import`.
    """
    read = read_file(content, is_csv=is_csv)
    is_own = read.format == "tradepost"
    misread = list(read.errors)
    rows = read.rows if is_own else [_as_wish(row) for row in read.rows]
    wishes = _wishes(rows, printing, is_own, misread)
    plan = WantsPlan(owner=owner, read=read, mode=mode, wishes=wishes, misread=misread)
    return _compare(plan)


@transaction.atomic
def apply_wants_import(*, plan: WantsPlan, strict: bool = False) -> WantsPlan:
    """Carry the plan out, compared anew with the list as it is now; comes back as carried out.

    All good rows are written and the others reported; `strict` refuses all if one is bad:
    CardError 400 `rows_refused`.
    """
    lock_owner(plan.owner)
    plan = _compare(plan)
    if strict:
        plan.refuse_errors()
    grown = _write(plan)
    if grown:
        wants_added.send(sender=Want, owner_id=plan.owner.pk, want_ids=sorted(grown))
    return plan


def _as_wish(row: ReadRow) -> ReadRow:
    """Other sites list cards, not wishes: "not foil" there is just how a card is listed."""
    return replace(row, finish=None) if row.finish == Finish.NONFOIL else row


def _wishes(
    rows: Sequence[ReadRow], printing: Printing, is_own: bool, misread: list[RowError]
) -> dict[WantKey, Wish]:
    printings = Printings(rows)
    by_oracle = _cards_by_oracle(rows)
    wishes: dict[WantKey, Wish] = {}
    for row in rows:
        try:
            key, card = _meant(row, printings, by_oracle, printing)
        except RefusedRow as bad:
            misread.append(RowError(row.line, bad.code, bad.detail))
            continue
        wish = wishes.setdefault(key, Wish(card))
        wish.lines.append(row.line)
        wish.quantity += row.quantity
        if is_own:
            wish.terms = Terms(0, row.max_price, row.accepts_gold_bordered)
    return wishes


def _cards_by_oracle(rows: Iterable[ReadRow]) -> dict[str, Card]:
    """One printing of each card that our own export wants in any printing."""
    asked = {row.oracle_id for row in rows if row.oracle_id}
    cards = Card.objects.filter(oracle_id__in=asked).order_by("oracle_id", "-pk").distinct("oracle_id")
    return {str(card.oracle_id): card for card in cards}


def _meant(
    row: ReadRow, printings: Printings, by_oracle: dict[str, Card], printing: Printing
) -> tuple[WantKey, Card]:
    if row.quantity > MOST_WANTED:
        raise RefusedRow("quantity_invalid", _("A want asks for at most %s copies.") % MOST_WANTED)
    names_printing = bool(row.scryfall_id or row.sets or row.number)
    finish = row.finish or ""
    if card := None if names_printing else by_oracle.get(row.oracle_id):
        is_any = True
    else:
        meant = printings.meant_by(row)
        card, finish = meant.card, meant.finish if row.finish else ""
        is_any = (printing == "any" or not names_printing) and card.oracle_id is not None
    least_condition = row.condition or Condition.DMG
    return WantKey(
        None if is_any else card.pk,
        card.oracle_id if is_any else None,
        finish,
        row.language or "",
        least_condition,
    ), card


def _compare(plan: WantsPlan) -> WantsPlan:
    """The plan with its changes and errors against the list as it stands."""
    standing = {_key_of(want): want for want in Want.objects.filter(owner=plan.owner)}
    plan.errors = in_line_order(plan.misread)
    plan.changes = [
        WantChange(
            key=key,
            card=wish.card,
            before=_terms_of(standing[key]) if key in standing else None,
            after=_after(wish, standing.get(key), plan.mode),
            lines=tuple(wish.lines),
            want_id=standing[key].pk if key in standing else None,
        )
        for key, wish in plan.wishes.items()
    ]
    if plan.mode == "replace":
        _remove_others(plan, [want for key, want in standing.items() if key not in plan.wishes])
    return plan


def _key_of(want: Want) -> WantKey:
    return WantKey(*(getattr(want, name) for name in WantKey._fields))


def _terms_of(want: Want) -> Terms:
    return Terms(want.quantity, want.max_price, want.accepts_gold_bordered)


def _after(wish: Wish, want: Want | None, mode: Mode) -> Terms:
    """A file of another site says nothing of prices and gold borders: then they stay."""
    standing = want.quantity if want and mode == "add" else 0
    terms = wish.terms or (_terms_of(want) if want else Terms(0))
    return terms._replace(quantity=min(standing + wish.quantity, MOST_WANTED))


def _remove_others(plan: WantsPlan, others: Sequence[Want]) -> None:
    if others and plan.misread:
        plan.errors.insert(0, nothing_removed())
        return
    cards = Card.objects.in_bulk({want.card_id for want in others if want.card_id})
    by_oracle = {
        card.oracle_id: card
        for card in Card.objects.filter(oracle_id__in={want.oracle_id for want in others if want.oracle_id})
    }
    for want in others:
        card = cards[want.card_id] if want.card_id else by_oracle[want.oracle_id]
        plan.changes.append(
            WantChange(key=_key_of(want), card=card, before=_terms_of(want), after=None, want_id=want.pk)
        )


def _write(plan: WantsPlan) -> list[int]:
    """A few statements, however many rows; the ids of wants that ask for more than before."""
    changed = [change for change in plan.changes if change.outcome != "unchanged"]
    new = [
        Want(owner=plan.owner, **change.key._asdict(), **change.after._asdict())
        for change in changed
        if change.after and change.want_id is None
    ]
    created = Want.objects.bulk_create(new)
    Want.objects.filter(pk__in=[change.want_id for change in changed if change.after is None]).delete()
    rows: list[tuple[Any, ...]] = [
        (change.want_id, *change.after) for change in changed if change.after and change.before
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_SET_WANTS, [list(column) for column in zip(*rows, strict=True)])
    grown = [change.want_id for change in changed if change.want_id and _has_grown(change)]
    return [want.pk for want in created] + grown


def _has_grown(change: WantChange) -> bool:
    return bool(change.before and change.after and change.after.quantity > change.before.quantity)
