"""May this user do this now? The answers are the status machine's, and the account's standing."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from accounts.models import User
from trades.errors import TradeError
from trades.models import Dispute, Status, TradeProposal

COUNTED_CANCELLATIONS = 3
COUNTED_WITHIN = timedelta(days=90)
COOLING_OFF = timedelta(days=14)

_BY_THEMSELVES = frozenset(["view"])
_ANSWERS = frozenset(
    ["accept", "decline", "counter", "extend"]
)  # too late for these once the offer has run out


def require(subject: TradeProposal | Dispute, verb: str, by: User) -> None:
    """Raise TradeError 403 where the verb is never `by`'s on this row, 409 where not in this status."""
    method = getattr(subject, verb)
    transitions = method._django_fsm.transitions.values()
    if not any(t.permission is None or t.has_perm(subject, by) for t in transitions):
        raise TradeError("not_yours", _("This is for the other side to do."), status=403)
    if not can_proceed(method, check_conditions=False):
        raise wrong_status(subject)
    current = method._django_fsm.get_transition(subject.status)
    if not current.has_perm(subject, by):
        raise TradeError("not_yours", _("This is for the other side to do."), status=403)


def wrong_status(subject: TradeProposal | Dispute) -> TradeError:
    status = subject.get_status_display()
    return TradeError("wrong_status", _("This cannot be done: it is %(status)s.") % {"status": status})


def require_accepted(proposal: TradeProposal) -> None:
    """Raise TradeError 409 unless both sides owe each other what they promised."""
    if proposal.status != Status.ACCEPTED:
        raise wrong_status(proposal)


def refuse_disputed(proposal: TradeProposal) -> None:
    """Raise TradeError 409 while a dispute is open: only its end moves the trade on."""
    if Dispute.objects.unresolved().filter(proposal=proposal).exists():
        raise TradeError("disputed", _("A dispute about this trade is open. It has to end first."))


def allowed_verbs(proposal: TradeProposal, by: User, now: datetime) -> list[str]:
    """What `by` may do now, as the status machine says; what happens by itself is left out."""
    overdue = _ANSWERS if proposal.is_overdue(now) else frozenset()
    names = {transition.name for transition in proposal.get_available_user_status_transitions(by)}
    return sorted(names - _BY_THEMSELVES - overdue)


def require_trader(user: User, now: datetime) -> None:
    """Raise TradeError 403 where `user` may begin nothing new."""
    if user.is_restricted(now):
        raise TradeError("restricted", _("Your account may not begin trades at the moment."), status=403)
    if not user.has_verified_email():
        raise TradeError("email_not_verified", _("Confirm your e-mail address first."), status=403)
    until = cooling_off_until(user, now)
    if until is not None:
        raise TradeError(
            "cooling_off",
            _("After three cancelled trades in 90 days you may trade again from %(day)s on.")
            % {"day": until.date().isoformat()},
            status=403,
        )


_COUNTED = """
    SELECT closed_at FROM trades_tradeproposal
    WHERE cancel_counts_against_id = %s AND status = 'cancelled' AND closed_at > %s ORDER BY closed_at
"""


def cooling_off_until(user: User, now: datetime) -> datetime | None:
    """Until when three counted cancellations in 90 days keep `user` from new trades; None: they do not."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, [user.pk, now - COUNTED_WITHIN - COOLING_OFF])
        times: list[datetime] = [closed_at for (closed_at,) in cursor.fetchall()]
    endings = [
        third + COOLING_OFF
        for first, third in zip(times, times[COUNTED_CANCELLATIONS - 1 :], strict=False)
        if third - first <= COUNTED_WITHIN
    ]
    return max((end for end in endings if end > now), default=None)
