"""The API of reputation: reviews under seal, their proofs, and why a score is what it is."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiListView, ApiView
from accounts.api.permissions import HasScopeOrIsAnonymous
from accounts.models import Scope, User
from accounts.reader import reader_of
from core.api.fields import StrictChar, StrictInteger
from core.api.serializers import StrictSerializer, checked
from core.clock import database_now, database_today
from reputation import services
from reputation.api import documents
from reputation.errors import ReputationError
from reputation.models import RATINGS, ReputationPoint, TradeReview
from reputation.reading import reviews_of_trade
from reputation.seals import canonical_json, holds
from reputation.services.reviews import LONGEST_COMMENT, LONGEST_REPLY
from reputation.standing import standing_of


class ReviewBody(StrictSerializer):
    """Whole stars; a rating that is left out, or null, is not given."""

    overall_rating = StrictInteger(min_value=1, max_value=5)
    communication_rating = StrictInteger(min_value=1, max_value=5, required=False, allow_null=True)
    packaging_rating = StrictInteger(min_value=1, max_value=5, required=False, allow_null=True)
    accuracy_rating = StrictInteger(min_value=1, max_value=5, required=False, allow_null=True)
    speed_rating = StrictInteger(min_value=1, max_value=5, required=False, allow_null=True)
    comment = StrictChar(max_length=LONGEST_COMMENT, required=False, allow_blank=True)


class ReplyBody(StrictSerializer):
    text = StrictChar(max_length=LONGEST_REPLY)


class ReviewView(ApiView):
    required_scopes: ClassVar[dict[str, Scope]] = {"PUT": Scope.TRADE}

    @extend_schema(responses=documents.BothReviews)
    def get(self, request: Request, pk: int) -> Response:
        """Your review with its seal, and the other side's once both are open."""
        found = reviews_of_trade(pk, reader_of(request), database_now())
        if found is None:
            raise Http404
        return Response(documents.BothReviews(found).data)

    @extend_schema(
        request=ReviewBody,
        responses=documents.OwnReview,
        examples=[
            OpenApiExample(
                "a review",
                {"overall_rating": 5, "packaging_rating": 4, "comment": "Sleeved and flat."},
                request_only=True,
            )
        ],
    )
    def put(self, request: Request, pk: int) -> Response:
        """Say how it went, or change it while it is sealed: a new seal each time.

        Both sides' reviews open together: once both are in, or 14 days after completion.
        """
        body = checked(ReviewBody, request)
        review = services.submit_review(
            proposal_id=pk,
            by=reader_of(request),
            ratings={name: body.get(name) for name in RATINGS},
            comment=body.get("comment", ""),
        )
        return Response(documents.OwnReview(review).data)


class ReplyView(ApiView):
    required_scopes: ClassVar[dict[str, Scope]] = {"POST": Scope.TRADE}

    @extend_schema(request=ReplyBody, responses={201: documents.Review})
    def post(self, request: Request, pk: int) -> Response:
        """Answer a review of you in public, once, within 30 days of the reveal."""
        body = checked(ReplyBody, request)
        review = services.reply_to_review(review_id=pk, by=reader_of(request), text=body["text"])
        return Response(documents.Review(review).data, 201)


class ProofView(ApiView):
    permission_classes = [HasScopeOrIsAnonymous]

    @extend_schema(responses=documents.Proof)
    def get(self, request: Request, pk: int) -> Response:
        """Seal, salt and canonical JSON of an open review, for anybody to check."""
        visible = TradeReview.objects.visible_to(request.user).select_related("trade", "reviewer")
        review = get_object_or_404(visible, pk=pk)
        if review.trade.reviews_revealed_at is None:  # its author asks: the salt is not told before
            raise ReputationError("sealed", _("The salt is published when both reviews open."))
        tools = {"canonical_json": canonical_json, "holds": holds}
        return Response(documents.Proof(review, context=tools).data)


class ReputationView(ApiView):
    permission_classes = [HasScopeOrIsAnonymous]

    @extend_schema(responses=documents.Reputation)
    def get(self, request: Request, username: str) -> Response:
        """A trader's figures, every part of the score, and what the next tier needs."""
        standing = standing_of(_person(request, username), database_today())
        return Response(documents.Reputation(standing).data)


class ReviewsView(ApiListView):
    """What was said about a trader."""

    permission_classes = [HasScopeOrIsAnonymous]
    serializer_class = documents.Review

    def get(self, request: Request, username: str) -> Response:
        """Open reviews of a trader, newest first."""
        return self.list(request)

    def get_queryset(self) -> QuerySet[TradeReview]:
        person = _person(self.request, self.kwargs["username"])
        reviews: QuerySet[TradeReview] = TradeReview.objects.public().filter(reviewee=person)
        return reviews.select_related("reviewer", "reviewee", "trade")


class HistoryView(ApiListView):
    """The curve of a trader's score."""

    permission_classes = [HasScopeOrIsAnonymous]
    serializer_class = documents.Point
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {"newest": ("-day",), "oldest": ("day",)}

    def get(self, request: Request, username: str) -> Response:
        """The days on which a trader's score changed."""
        return self.list(request)

    def get_queryset(self) -> QuerySet[ReputationPoint]:
        person = _person(self.request, self.kwargs["username"])
        return ReputationPoint.objects.filter(user=person)


def _person(request: Request, username: str) -> User:
    return get_object_or_404(User.objects.visible_to(request.user).named(username))
