"""The locks of every verb, in this order: both users by id, the proposal, the holdings.

Only `lock_if_free`, which never waits, takes the proposal first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from accounts.models import User
from cards.custody import lock_holdings
from cards.models import Holding
from core.errors import Fault
from core.prepared import columns_of, made, rows_of
from trades.errors import TradeError
from trades.models import Side, TradeItem, TradeProposal
from trades.services.record import remember
from trades.terms import SIDE_POINTER


def lock_people(*ids: int) -> dict[int, User]:
    """The users by id, locked by ascending id; who is locked cannot be blocked or sanctioned meanwhile."""
    rows = User.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    return {user.pk: user for user in rows}


def lock_proposal(proposal_id: int, by: User, version: int | None = None) -> TradeProposal:
    """The proposal, locked together with its two parties (fresh, on `.proposer` and `.recipient`).

    Raises TradeError 404 where `by` may not know of it, 412 where `version` is not the one in force.
    """
    proposal = _lock(proposal_id, by)
    if proposal is None:
        raise not_found()
    if version is not None and proposal.version != version:
        raise TradeError(
            "stale_version",
            _("This offer has changed since you looked at it."),
            status=412,
            extra={"version": proposal.version},
        )
    return proposal


def lock_any_proposal(proposal_id: int) -> TradeProposal:
    """The same for moderators, who act on other people's trades."""
    proposal = _lock(proposal_id, None)
    if proposal is None:
        raise not_found()
    return proposal


def lock_if_free(proposal_id: int) -> TradeProposal | None:
    """The same for the clock, which comes again: None where anybody else is at work on it.

    The trade first, so that of two clocks one gets it: people first, each could get one of the two and
    both would give up. Who never waits may lock in any order.
    """
    rows = TradeProposal.objects.filter(pk=proposal_id)
    proposal = rows.select_for_update(skip_locked=True).first()
    people = _lock_parties(proposal_id, None, skip_locked=True) if proposal else {}
    return _of(proposal, people) if proposal and people else None


def _lock(proposal_id: int, by: User | None) -> TradeProposal | None:
    people = _lock_parties(proposal_id, by)
    if not people:
        return None
    rows = TradeProposal.objects.all() if by is None else TradeProposal.objects.visible_to(by)
    proposal = rows.filter(pk=proposal_id).select_for_update().first()
    return _of(proposal, people) if proposal else None


# The two of a proposal, unless they are none of the asker's business (null asks for anybody's). Plain
# SQL, as every verb waits for it: a stranger's call takes no lock and finds nothing.
_PARTIES = f"""
    SELECT {columns_of(User, "u")}
    FROM trades_tradeproposal p JOIN accounts_user u ON u.id = ANY(ARRAY[proposer_id, recipient_id])
    WHERE p.id = %(proposal)s AND coalesce(%(by)s, proposer_id) IN (proposer_id, recipient_id)
    ORDER BY u.id FOR NO KEY UPDATE OF u
"""  # noqa: S608  (columns of our own)


def _lock_parties(proposal_id: int, by: User | None, *, skip_locked: bool = False) -> dict[int, User]:
    """Both by id, or nobody."""
    statement = f"{_PARTIES} SKIP LOCKED" if skip_locked else _PARTIES
    found = rows_of(statement, {"proposal": proposal_id, "by": by and by.pk})
    people = {user.pk: user for user in (made(User, row) for row in found)}
    return people if len(people) == 2 else {}


def _of(proposal: TradeProposal, people: Mapping[int, User]) -> TradeProposal:
    proposal.proposer = people[proposal.proposer_id]
    proposal.recipient = people[proposal.recipient_id]
    remember(proposal)
    return proposal


def not_found() -> TradeError:
    return TradeError("not_found", _("No such trade."), status=404)


def lock_items(proposal: TradeProposal) -> tuple[list[TradeItem], dict[int, Holding]]:
    """The proposal's items, and their holdings locked in lock order."""
    items = list(proposal.items.order_by("side", "id"))
    return items, lock_holdings({item.holding_id for item in items})


def promised(items: Iterable[TradeItem]) -> dict[int, int]:
    """Copies by holding id."""
    return {item.holding_id: item.quantity for item in items}


def refuse_missing(items: list[TradeItem], holdings: Mapping[int, Holding]) -> None:
    """Raise TradeError 409 `missing_copies` that names every line which can no longer be kept."""
    missing = [item for item in items if free_copies(item, holdings.get(item.holding_id)) < item.quantity]
    if missing:
        raise TradeError(
            "missing_copies",
            _("Some of these cards are no longer free."),
            faults=[
                Fault(
                    f"{SIDE_POINTER[Side(item.side)]}/{_index_on_side(item, items)}/holding",
                    "missing_copies",
                    _("%(free)s of %(asked)s left.")
                    % {
                        "free": free_copies(item, holdings.get(item.holding_id)),
                        "asked": item.quantity,
                    },
                )
                for item in missing
            ],
            extra={"missing_holdings": [item.holding_id for item in missing]},
        )


def free_copies(item: TradeItem, holding: Holding | None) -> int:
    """Copies that can still be promised: none if the row is no longer what the item was frozen from."""
    if holding is None or any(
        getattr(holding, name) != getattr(item, name)
        for name in ("card_id", "finish", "condition", "language", "variant")
    ):
        return 0
    return holding.free


def _index_on_side(item: TradeItem, items: list[TradeItem]) -> int:
    return [other for other in items if other.side == item.side].index(item)
