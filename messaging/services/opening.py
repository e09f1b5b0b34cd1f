"""Beginning a conversation."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.limits import Tier, counts_usage, limits_of
from accounts.models import User
from core.clock import database_now
from core.errors import Fault
from messaging.errors import MessagingError
from messaging.models import Conversation
from messaging.standing import have_live_trade
from trades.services.locks import lock_people

A_DAY = timedelta(hours=24)


@transaction.atomic
def open_conversation(*, username: str, by: User) -> tuple[Conversation, bool]:
    """The conversation of `by` with `username`, and whether it is new.

    Raises MessagingError: 400 with oneself, 403 where `by` may begin nothing, 404 for whom `by` cannot
    see, 429 over the day's limit, which partners of a live trade are exempt from.
    """
    partner = User.objects.visible_to(by).named(username).first()
    if partner is None:
        raise _nobody_there()
    if partner.pk == by.pk:
        detail = _("You cannot write to yourself.")
        raise MessagingError("self", detail, 400, [Fault("/with", "self", detail)])
    people = lock_people(by.pk, partner.pk)
    opener, partner = people[by.pk], people[partner.pk]
    if not partner.is_visible_to(opener):  # blocked while we waited
        raise _nobody_there()
    found = Conversation.objects.between(opener.pk, partner.pk).first()
    if found is not None:
        return found, False
    now = database_now()
    if partner.is_suspended(now):
        raise _nobody_there()
    _check_opener(opener, partner, now)
    return _create(opener, partner, now), True


def _nobody_there() -> MessagingError:
    """One answer for unknown, banned and blocked, and for who is suspended and has no conversation yet."""
    return MessagingError("not_found", _("No such trader."), 404)


def _check_opener(opener: User, partner: User, now: datetime) -> None:
    if opener.is_restricted(now):
        raise MessagingError("restricted", _("Your account may not begin anything at the moment."), 403)
    if not opener.has_verified_email():
        raise MessagingError("email_not_verified", _("Confirm your e-mail address first."), 403)
    opened = _opened_lately(opener, now)
    allowed = _allowed(opener, now)
    over = opened.count() - allowed
    if over < 0 or have_live_trade(opener.pk, partner.pk):
        return
    # The one that has to leave the window; after a fall in tier not the oldest.
    first = opened.order_by("created_at").values_list("created_at", flat=True)[over]
    raise MessagingError(
        "limit_reached",
        _("You have begun %(allowed)s conversations in 24 hours. A higher trust tier raises this limit.")
        % {"allowed": allowed},
        429,
        retry_after=max(1, int((first + A_DAY - now).total_seconds())),
        extra={"limit": "new_conversations", "allowed": str(allowed), "left": "0"},
    )


def _opened_lately(opener: User, now: datetime) -> QuerySet[Conversation]:
    rows: QuerySet[Conversation] = Conversation.objects.filter(opened_by=opener, created_at__gt=now - A_DAY)
    return rows


def _allowed(opener: User, now: datetime) -> int:
    return limits_of(Tier(opener.trust_tier), (now - opener.date_joined).days).new_conversations


def _create(opener: User, partner: User, now: datetime) -> Conversation:
    user_a, user_b = sorted([opener, partner], key=lambda user: user.pk)
    conversation: Conversation = Conversation.objects.create(
        user_a=user_a, user_b=user_b, opened_by=opener, last_message_at=now, created_at=now
    )
    return conversation


@counts_usage
def use_of_limits(user: User) -> dict[str, tuple[int | None, int | None]]:
    """What the profile tells of the limit that chat keeps."""
    now = database_now()
    return {"new_conversations": (_allowed(user, now), _opened_lately(user, now).count())}
