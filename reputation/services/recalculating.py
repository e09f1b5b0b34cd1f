"""The figures rebuilt from the facts: for one user at once, for all by night."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import models, transaction
from django.db.models import Func, OuterRef, Subquery, Value
from django.utils.translation import gettext_noop as _

from accounts.limits import Tier
from accounts.models import User
from core.clock import database_clock, database_today
from notifications.models import Category
from notifications.services import Notice, notify
from reputation.everybody import RECALCULATING, TierChange, recalculate_everybody
from reputation.ledger import read_ledger
from reputation.models import ReputationPoint, UserReputation
from reputation.scoring import rung_of
from reputation.signals import tier_changed

ROSE = _("You rose to {tier}: it asks for {points} points and {partners} partners, and you have them.")
FEW_POINTS = _("You are {tier} now: {score} points are fewer than the {points} that keep {before}.")
FEW_PARTNERS = _("You are {tier} now: {before} asks for trades that count with {partners} partners.")


@transaction.atomic
def recalculate(*, user_id: int) -> UserReputation:
    """Rebuild one user's figures, tier and today's point, under the user's row lock.

    At most six queries whatever the number of trades and reviews, two more when the tier changes.
    """
    user = _lock_user(user_id)
    now = user.now
    before = user.trust_tier
    figures = read_ledger(user, now.date()).figures(before)
    reputation = UserReputation(user=user, updated_at=now, **figures)
    names = [name for name in figures if name != "user"]
    UserReputation.objects.bulk_create(
        [reputation],
        update_conflicts=True,
        unique_fields=["user"],
        update_fields=[*names, "updated_at"],
    )
    _keep_point(reputation, (user.last_score, user.last_tier))
    if reputation.reputation_tier != before:
        User.objects.filter(pk=user_id).update(trust_tier=reputation.reputation_tier)
        announce_tiers(
            [TierChange(user_id, before, reputation.reputation_tier, reputation.reputation_score)], now.date()
        )
    return reputation


def _lock_user(user_id: int) -> Any:
    """The user with their row locked, the `now` and what the cache last said, while not all are rebuilt."""
    cached = UserReputation.objects.filter(user=OuterRef("pk"))
    alone = Func(
        Value(RECALCULATING), function="pg_advisory_xact_lock_shared", output_field=models.TextField()
    )
    rows = User.objects.annotate(
        alone=alone,
        now=database_clock(),
        last_score=Subquery(cached.values("reputation_score")),
        last_tier=Subquery(cached.values("reputation_tier")),
    )
    return rows.select_for_update(no_key=True, of=("self",)).get(pk=user_id)


def _keep_point(reputation: UserReputation, last: tuple[int | None, str | None]) -> None:
    """A day's point, where it is not that of the day before."""
    if last == (reputation.reputation_score, reputation.reputation_tier):
        return
    point = ReputationPoint(
        user_id=reputation.user_id,
        day=reputation.as_of,
        score=reputation.reputation_score,
        tier=reputation.reputation_tier,
    )
    ReputationPoint.objects.bulk_create(
        [point], update_conflicts=True, unique_fields=["user", "day"], update_fields=["score", "tier"]
    )


@transaction.atomic
def recalculate_all() -> int:
    """Rebuild everybody's figures as of today in one statement; returns how many tiers changed."""
    as_of = database_today()
    changes = recalculate_everybody(as_of)
    announce_tiers(changes, as_of)
    return len(changes)


def announce_tiers(changes: Sequence[TierChange], as_of: date) -> None:
    """Tell the users of a rise or fall, once a day and tier, and the rooms above."""
    if not changes:
        return
    notify([_notice(change, as_of) for change in changes])
    tier_changed.send(TierChange, changes=changes)


def _notice(change: TierChange, as_of: date) -> Notice:
    kind, text, points, partners = _why(change)
    return Notice(
        user_id=change.user_id,
        category=Category.REPUTATION,
        kind=kind,
        text=text,
        params={
            "tier": change.after,
            "before": change.before,
            "score": change.score,
            "points": points,
            "partners": partners,
        },
        url="/reputation/",
        key=f"tier:{change.after}:{as_of.isoformat()}",
        subject="reputation",
    )


def _why(change: TierChange) -> tuple[str, str, int, int]:
    """(kind, sentence, points, partners): what the new tier asks for, or what the old one did."""
    if Tier(change.after).rank > Tier(change.before).rank:
        reached = rung_of(change.after)
        return "tier_rose", ROSE, reached.score, reached.partners
    lost = rung_of(change.before)
    text = FEW_POINTS if change.score < lost.kept_at else FEW_PARTNERS
    return "tier_fell", text, round(lost.kept_at), lost.partners
