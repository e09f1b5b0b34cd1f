"""What the API shows of reviews and scores."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.limits import Tier
from core.api.documents import Document
from core.api.fields import AwareDateTime, Money
from reputation.models import TradeReview
from reputation.reading import TradeReviews


class Review(Document):
    """One side's review."""

    id = serializers.IntegerField()
    trade = serializers.IntegerField(source="trade.proposal_id")
    reviewer = serializers.CharField(source="reviewer.username")
    reviewee = serializers.CharField(source="reviewee.username")
    overall_rating = serializers.IntegerField(min_value=1, max_value=5)
    communication_rating = serializers.IntegerField(min_value=1, max_value=5, allow_null=True)
    packaging_rating = serializers.IntegerField(min_value=1, max_value=5, allow_null=True)
    accuracy_rating = serializers.IntegerField(min_value=1, max_value=5, allow_null=True)
    speed_rating = serializers.IntegerField(min_value=1, max_value=5, allow_null=True)
    comment = serializers.CharField()
    reply = serializers.CharField()
    replied_at = AwareDateTime(allow_null=True)
    created_at = AwareDateTime()
    revealed_at = AwareDateTime(source="trade.reviews_revealed_at", allow_null=True)


class OwnReview(Review):
    """What its author sees of it besides."""

    seal = serializers.CharField(help_text=_("SHA-256 of salt and canonical JSON, hexadecimal"))
    updated_at = AwareDateTime()
    is_hidden = serializers.BooleanField()
    hidden_reason = serializers.CharField()


class BothReviews(serializers.Serializer[TradeReviews]):
    """`theirs` is null until the reveal, whether it is written or not."""

    yours = OwnReview(allow_null=True)
    theirs = Review(allow_null=True)
    is_open = serializers.BooleanField(help_text=_("you may write or change yours"))
    closes_at = AwareDateTime(source="trade.reviews_close_at")
    stands_still = serializers.BooleanField(help_text=_("a dispute has stopped this clock"))
    revealed_at = AwareDateTime(source="trade.reviews_revealed_at", allow_null=True)


class Proof(Document):
    """All that is needed to check that a review was not changed after its author saw the other."""

    review = serializers.IntegerField(source="pk")
    algorithm = serializers.SerializerMethodField()
    seal = serializers.CharField(help_text=_("hexadecimal"))
    salt = serializers.SerializerMethodField()
    canonical_json = serializers.SerializerMethodField()
    holds = serializers.SerializerMethodField()

    def get_algorithm(self, review: TradeReview) -> str:
        """How the seal is made."""
        return "SHA-256(salt ‖ canonical_json in UTF-8)"

    def get_salt(self, review: TradeReview) -> str | None:
        """32 bytes, hexadecimal; null with the words, which it would help to guess."""
        return None if review.is_erased else bytes(review.salt).hex()

    def get_canonical_json(self, review: TradeReview) -> str | None:
        """Exactly what was sealed; null where the author's account is gone and the words with it."""
        return None if review.is_erased else self.context["canonical_json"](review)

    def get_holds(self, review: TradeReview) -> bool | None:
        """What we find; null where nobody can tell any more. Do not take our word for it."""
        return None if review.is_erased else self.context["holds"](review)


class Parts(Document):
    """The score in points: (trades + reviews + signals + verification − conduct) × multiplier."""

    trades = serializers.FloatField()
    reviews = serializers.FloatField(help_text=_("may be negative"))
    signals = serializers.FloatField()
    verification = serializers.IntegerField()
    conduct = serializers.IntegerField(
        source="penalties", help_text=_("taken off for cancellations, lost disputes and blocks together")
    )
    multiplier = serializers.FloatField(help_text=_("below 1 after 30 days without a trade, 0.5 at least"))
    score = serializers.IntegerField()


class NextTier(Document):
    tier = serializers.ChoiceField(choices=Tier.choices)
    score = serializers.IntegerField()
    partners = serializers.IntegerField()
    score_missing = serializers.IntegerField()
    partners_missing = serializers.IntegerField()


class Figures(serializers.Serializer[Any]):
    """The figures of one trader, as of a UTC day."""

    total_trades = serializers.IntegerField()
    trades_as_proposer = serializers.IntegerField()
    trades_as_recipient = serializers.IntegerField()
    total_trade_value = Money()
    average_trade_value = Money()
    largest_trade_value = Money()
    total_reviews = serializers.IntegerField()
    average_rating = serializers.DecimalField(3, 2, allow_null=True)
    communication_avg = serializers.DecimalField(3, 2, allow_null=True)
    packaging_avg = serializers.DecimalField(3, 2, allow_null=True)
    accuracy_avg = serializers.DecimalField(3, 2, allow_null=True)
    speed_avg = serializers.DecimalField(3, 2, allow_null=True)
    positive_reviews = serializers.IntegerField()
    neutral_reviews = serializers.IntegerField()
    negative_reviews = serializers.IntegerField()
    reputation_score = serializers.IntegerField()
    reputation_tier = serializers.ChoiceField(choices=Tier.choices)
    signals_followed = serializers.IntegerField()
    signals_profitable = serializers.IntegerField()
    signal_accuracy_pct = serializers.DecimalField(5, 2, allow_null=True)
    cancelled_trades = serializers.IntegerField()
    disputes_involved = serializers.IntegerField()
    member_since = AwareDateTime()
    first_trade_at = AwareDateTime(allow_null=True)
    last_trade_at = AwareDateTime(allow_null=True)
    current_positive_streak = serializers.IntegerField()
    longest_positive_streak = serializers.IntegerField()
    distinct_partners = serializers.IntegerField()
    as_of = serializers.DateField()


class Reputation(serializers.Serializer[Any]):
    """Figures, the score's parts, and what the next tier asks for; null at the top."""

    username = serializers.CharField(source="user.username")
    figures = Figures()
    parts = Parts()
    next_tier = NextTier(allow_null=True)


class Point(Document):
    """A day on which the score changed; it stays so until the next."""

    day = serializers.DateField()
    score = serializers.IntegerField()
    tier = serializers.ChoiceField(choices=Tier.choices)
