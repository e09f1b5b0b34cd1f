"""Writing a review, and reading what was said about somebody."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.reader import reader_of
from core.clock import database_now, database_today
from core.pages import page_at, render_invalid, see_other, wants_part
from reputation.errors import ReputationError
from reputation.forms import ReplyForm, ReviewForm
from reputation.models import TradeReview
from reputation.reading import TradeReviews, reviews_of_trade, trades_to_review
from reputation.services import reply_to_review, submit_review
from reputation.services.reviews import REPLY_WINDOW
from reputation.standing import standing_of, star_counts


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def trade_review(request: HttpRequest, pk: int) -> HttpResponse:
    """Both reviews of one trade: the form while they are sealed, the two side by side afterwards."""
    found = _reviews_or_404(request, pk)
    if request.method == "POST":
        return _submit(request, found)
    if wants_part(request):
        return render(request, "reputation/trade_part.html", {"reviews": found})
    return render(request, "reputation/review.html", _context(found, ReviewForm.of(found.yours)))


def _reviews_or_404(request: HttpRequest, proposal_id: int) -> TradeReviews:
    found = reviews_of_trade(proposal_id, reader_of(request), database_now())
    if found is None:
        raise Http404
    return found


def _context(found: TradeReviews, form: ReviewForm) -> dict[str, Any]:
    return {"reviews": found, "form": form, "partner": found.partner, "number": found.trade.proposal_id}


def _submit(request: HttpRequest, found: TradeReviews) -> HttpResponse:
    form = ReviewForm(request.POST)
    if form.is_valid():
        try:
            review = submit_review(
                proposal_id=found.trade.proposal_id, by=reader_of(request), **form.arguments()
            )
        except ReputationError as error:
            form.refuse(error)
        else:
            is_open = review.trade.reviews_revealed_at is not None
            messages.success(request, _("Both reviews are open.") if is_open else _("Your review is sealed."))
            return see_other(request.path)
    return render_invalid(request, "reputation/review.html", _context(found, form))


@login_required
@require_POST
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    form = ReplyForm(request.POST)
    if form.is_valid():
        try:
            reply_to_review(review_id=pk, by=reader, text=form.cleaned_data["text"])
        except ReputationError as error:
            if error.status in (403, 404):
                raise
            form.refuse(error)
        else:
            messages.success(request, _("Your reply is public."))
            return see_other("reputation:reviews", reader.username)
    review = get_object_or_404(TradeReview.objects.public().filter(reviewee=reader), pk=pk)
    return render_invalid(request, "reputation/reply.html", {"form": form, "review": review})


@require_safe
def reviews(request: HttpRequest, username: str) -> HttpResponse:
    """What was said about somebody, newest first."""
    person = get_object_or_404(User.objects.visible_to(request.user).named(username))
    rows = TradeReview.objects.public().filter(reviewee=person)
    page = page_at(request, rows.select_related("reviewer", "trade"), ordering=("-id",))
    context = {
        "person": person,
        "is_me": person == request.user,
        "page": page,
        "counts": star_counts(person),
        "standing": standing_of(person, database_today()),
        "reply_form": ReplyForm(auto_id="reply-%s"),
        "replies_since": database_now() - REPLY_WINDOW,
    }
    return render(request, "reputation/reviews.html", context)


@login_required
@never_cache
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """Trades that the reader may still review, the most urgent first."""
    reader = reader_of(request)
    rows = trades_to_review(reader, database_now())
    template = "reputation/waiting_part.html" if wants_part(request) else "reputation/waiting.html"
    return render(request, template, {"rows": rows})
