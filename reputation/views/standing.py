"""How somebody stands, with every point and its cause."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.limits import LIMITS
from accounts.models import User
from accounts.reader import reader_of
from core.clock import database_today
from core.pages import see_other, wants_part
from reputation.curve import curve_of
from reputation.reasons import reasons_for
from reputation.standing import habits_of, standing_of, star_counts


@login_required
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """An address that is the same for everybody, as notices name it."""
    return see_other("reputation:reputation", reader_of(request).username)


@require_safe
def reputation(request: HttpRequest, username: str) -> HttpResponse:
    person = get_object_or_404(User.objects.visible_to(request.user).named(username))
    today = database_today()
    standing = standing_of(person, today)
    context = {
        "person": person,
        "is_me": person == request.user,
        "standing": standing,
        "figures": standing.figures,
        "reasons": reasons_for(standing),
        "habits": habits_of(person),
        "counts": star_counts(person),
    }
    if wants_part(request):
        return render(request, "reputation/profile_part.html", context)
    next_tier = standing.next_tier
    context |= {
        "curve": curve_of(person, today),
        "next": next_tier,
        "next_limits": LIMITS[next_tier.tier] if next_tier else None,  # type: ignore[index]  # a tier's name
    }
    return render(request, "reputation/reputation.html", context)
