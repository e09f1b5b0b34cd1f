"""The last step of every verb: the row saved, one event, the notices, one signal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.models import User
from notifications.push import push
from notifications.services import notify
from trades.models import EventKind, TradeEvent, TradeProposal
from trades.notices import frame_of, notices_of
from trades.signals import trade_event_recorded


def remember(proposal: TradeProposal) -> TradeProposal:
    """Keep in mind what the database has of this locked row, for `save_changes`."""
    proposal.__dict__["_kept"] = _columns(proposal)
    return proposal


def save_changes(proposal: TradeProposal) -> None:
    """Write the columns that changed since `remember`; of a new row, all."""
    kept = proposal.__dict__.get("_kept")
    if kept is None:
        proposal.save()
    else:
        changed = [name for name, value in _columns(proposal).items() if kept[name] != value]
        if changed:
            proposal.save(update_fields=changed)
    remember(proposal)


def _columns(proposal: TradeProposal) -> dict[str, Any]:
    return {field.attname: getattr(proposal, field.attname) for field in TradeProposal._meta.concrete_fields}


def record(
    proposal: TradeProposal,
    kind: EventKind,
    by: User | None,
    now: datetime,
    *,
    bumps: bool = True,
    **payload: Any,
) -> TradeEvent:
    """Save the locked `proposal` with its next version, write its event, tell the people.

    `by` is None where the clock acted. `payload` takes ids, values and times, never free text.
    `bumps` is off for a first sending and for a look: nothing an answer could be about changed.
    """
    if bumps:
        proposal.version += 1
    save_changes(proposal)
    event = TradeEvent.objects.create(
        proposal=proposal, actor=by, kind=kind, payload=payload, version=proposal.version, created_at=now
    )
    notify(notices_of(event, proposal))
    if proposal.sent_at is not None:
        push(proposal.party_ids, frame_of(proposal.pk, proposal.status, proposal.version))
    trade_event_recorded.send(TradeEvent, event=event, proposal=proposal)
    return event
