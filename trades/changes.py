"""The changes between two offers, put into words for one of the two traders."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.models import User
from core.money import format_money
from trades.diffs import CashChange, Change, Diff, LineChange
from trades.models import CompletionMethod, TradeItem

ROWS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change; `gain` is what it brings the reader, site currency, None where it has no price."""

    kind: Change
    text: str
    note: str
    gain: Decimal | None


@dataclass(frozen=True, slots=True)
class Changes:
    """All changes of one counter, the largest first."""

    rows: list[ChangeRow]
    gain: Decimal

    @property
    def shown(self) -> list[ChangeRow]:
        return self.rows[:ROWS_SHOWN]

    @property
    def folded(self) -> list[ChangeRow]:
        return self.rows[ROWS_SHOWN:]


def changes_of(found: Diff | None, reader: User, partner: User) -> Changes | None:
    """None where nothing was compared."""
    if found is None:
        return None
    rows = [_line(line, reader, partner) for line in found.lines]
    rows.sort(key=lambda row: -abs(row.gain or Decimal(0)))
    rows = [*(_cash(cash, reader, partner) for cash in found.cash), *_method(found), *rows]
    return Changes(rows, found.value_change_for(reader.pk))


def _line(change: LineChange, reader: User, partner: User) -> ChangeRow:
    gain = change.value_change if change.giver_id != reader.pk else -change.value_change
    return ChangeRow(
        kind=change.change,
        text=_text(change),
        note=_whose(change.giver_id, reader, partner),
        gain=None if change.item.unit_price is None else gain,
    )


def _text(change: LineChange) -> str:
    copies = change.copies_before if change.change == Change.REMOVED else change.copies_after
    text = f"{copies} × {name_of(change.item)}"
    if change.change != Change.CHANGED:
        return text
    if change.copies_before != change.copies_after:
        return _("%(line)s instead of %(before)s") % {"line": text, "before": change.copies_before}
    return _("%(line)s at another price") % {"line": text}


def name_of(item: TradeItem) -> str:
    """A printing and the state of the copy, as short as it can be told apart: `Bolt (M10), LP, foil`."""
    state = [item.condition]
    if item.finish != "nonfoil":
        state.append(item.get_finish_display())
    if item.language != "en":
        state.append(item.get_language_display())
    return f"{item.card.name} ({item.card.set_code.upper()}), {', '.join(state)}"


def _whose(giver_id: int, reader: User, partner: User) -> str:
    return _("from you") if giver_id == reader.pk else _("from %(partner)s") % {"partner": partner.name}


def _cash(change: CashChange, reader: User, partner: User) -> ChangeRow:
    gain = change.value_change if change.giver_id != reader.pk else -change.value_change
    kind = (
        Change.CHANGED if change.before and change.after else Change.ADDED if change.after else Change.REMOVED
    )
    text = _("%(amount)s in cash") % {"amount": format_money(change.after or change.before)}
    if kind == Change.CHANGED:
        text = _("%(cash)s instead of %(before)s") % {"cash": text, "before": format_money(change.before)}
    return ChangeRow(kind, text, _whose(change.giver_id, reader, partner), gain)


def _method(found: Diff) -> list[ChangeRow]:
    if found.method is None:
        return []
    before, after = (CompletionMethod(method).label for method in found.method)
    text = _("%(after)s instead of %(before)s") % {"before": before, "after": after}
    return [ChangeRow(Change.CHANGED, text, _("how you swap"), None)]
