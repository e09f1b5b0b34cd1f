"""More time to answer."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.clock import database_now
from trades.errors import TradeError
from trades.models import EventKind, TradeProposal
from trades.services.locks import lock_proposal
from trades.services.permission import require
from trades.services.record import record


@transaction.atomic
def extend_proposal(*, proposal_id: int, by: User, version: int | None = None) -> TradeProposal:
    """Let one's own open offer live 3 days longer, once.

    Raises TradeError: 403 for the recipient, 409 closed, expired or extended already.
    """
    proposal = lock_proposal(proposal_id, by, version)
    require(proposal, "extend", by)
    if proposal.extended_at is not None:
        raise TradeError("already_extended", _("An offer can be extended once only."))
    now = database_now()
    proposal.extend(now)
    end = proposal.expires_at and proposal.expires_at.isoformat()
    record(proposal, EventKind.EXTENDED, by, now, expires_at=end)
    return proposal
