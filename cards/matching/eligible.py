"""With whom a match makes sense at all."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from accounts.limits import Tier
from accounts.models import OffersBy, User
from core.clock import database_now

ABSENT = timedelta(days=30)


def eligible_partners(user: User) -> QuerySet[User]:
    """Traders who are here and free to trade, neither blocked, and who accept offers from each other.

    The least value either asks for depends on the match itself and is left to the statement.
    """
    others = User.objects.visible_to(user).exclude(pk=user.pk)
    return others.filter(_is_here(database_now()), _i_accept(user), _accepts_me(user))


def _is_here(now: datetime) -> Q:
    seen = Q(last_seen__gt=now - ABSENT) | Q(last_seen=None, date_joined__gt=now - ABSENT)
    at_home = Q(vacation_until=None) | Q(vacation_until__lt=now.date())
    free = Q(restricted_until=None) | Q(restricted_until__lte=now)
    not_suspended = Q(suspended_until=None) | Q(suspended_until__lte=now)
    return seen & at_home & free & not_suspended


def _i_accept(user: User) -> Q:
    accepted = Q(trust_tier__in=[tier for tier in Tier if tier.rank >= Tier(user.offers_min_tier).rank])
    if user.offers_from_countries:
        accepted &= Q(country__in=user.offers_from_countries)
    if user.offers_by != OffersBy.ANY:
        accepted &= Q(offers_by__in=[OffersBy.ANY, user.offers_by])
    return accepted


def _accepts_me(user: User) -> Q:
    my_rank = Tier(user.trust_tier).rank
    return Q(offers_min_tier__in=[tier for tier in Tier if tier.rank <= my_rank]) & (
        Q(offers_from_countries=[]) | Q(offers_from_countries__contains=[user.country.code])
    )
