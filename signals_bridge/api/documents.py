"""What the API shows of calls and follows."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cards.api.documents import Card
from cards.models import Finish
from core.api.documents import Document
from core.api.fields import AwareDateTime, Money
from signals_bridge.models import Action, Exclusion, Recommendation, SignalStatus, Source, Tracking
from signals_bridge.rows import Confidence


class Positions(Document):
    """Copies of this card and finish that the publishing trader had when the call was made."""

    owns = serializers.IntegerField(source="publisher_owns")
    offers = serializers.IntegerField(source="publisher_offers", help_text=_("of these, for trade"))
    wants = serializers.IntegerField(source="publisher_wants")


class Outcome(Document):
    """What the daily prices from issue to end made of it; percentages of the price at issue."""

    price_end = Money(help_text=_("the last one"))
    price_peak = Money(help_text=_("the best one for the call"))
    peak_day = serializers.DateField()
    accuracy_end = serializers.DecimalField(5, 4, help_text=_("0 to 1"))
    accuracy_peak = serializers.DecimalField(5, 4, help_text=_("0 to 1"))
    profit_pct_end = serializers.DecimalField(16, 4, help_text=_("of who did as it said"))
    profit_pct_peak = serializers.DecimalField(16, 4)


class Signal(Document):
    """A market call; prices in site currency."""

    id = serializers.IntegerField()
    source: Any = serializers.CharField(source="source.name")
    publisher = serializers.SerializerMethodField()
    external_id = serializers.CharField()
    card = Card()
    finish = serializers.ChoiceField(choices=Finish.choices)
    action = serializers.ChoiceField(choices=Action.choices)
    price = Money(source="price_at_issue", help_text=_("at issue"))
    target_price = Money(allow_null=True, help_text=_("null for HOLD"))
    confidence = Confidence()
    rationale = serializers.CharField()
    issued_at = AwareDateTime(help_text=_("as the publisher says"))
    valid_until = AwareDateTime()
    received_at = AwareDateTime(help_text=_("when it came to this site"))
    status = serializers.ChoiceField(choices=SignalStatus.choices)
    positions = serializers.SerializerMethodField()
    outcome = serializers.SerializerMethodField()
    evaluated_at = AwareDateTime(allow_null=True, help_text=_("also when it was found to be void"))

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_publisher(self, signal: Recommendation) -> str | None:
        """The trader who made it; null for an imported call, whose source speaks for itself"""
        return trader_of(signal.source)

    @extend_schema_field(Positions(allow_null=True))
    def get_positions(self, signal: Recommendation) -> dict[str, Any] | None:
        """Null for an imported call"""
        return None if signal.publisher_owns is None else _POSITIONS.to_representation(signal)

    @extend_schema_field(Outcome(allow_null=True))
    def get_outcome(self, signal: Recommendation) -> dict[str, Any] | None:
        """Null until it is evaluated, and for ever where there were no prices"""
        return None if signal.price_end is None else _OUTCOME.to_representation(signal)


class ListedSignal(Signal):
    is_followed = serializers.BooleanField(help_text=_("by you"))


class Follow(Document):
    """Your follow of a call."""

    tracking = serializers.ChoiceField(choices=Tracking.choices)
    trade = serializers.IntegerField(
        source="proposal_id", allow_null=True, help_text=_("that an implicit follow came with")
    )
    acted_at = AwareDateTime()
    entry_price = Money(allow_null=True, help_text=_("the newest price then; null: there was none"))
    counts = serializers.BooleanField(help_text=_("for your score, once evaluated"))
    exclusion = serializers.ChoiceField(choices=["", *Exclusion.values], help_text=_("why it does not count"))
    user_profit_pct = serializers.DecimalField(16, 4, allow_null=True, help_text=_("from the entry price"))
    outcome_accuracy = serializers.DecimalField(5, 4, allow_null=True)
    is_profitable = serializers.BooleanField(allow_null=True)


class OwnSignal(Follow):
    signal = Signal(source="recommendation")


class SignalDetail(Signal):
    follow = serializers.SerializerMethodField()

    @extend_schema_field(Follow(allow_null=True))
    def get_follow(self, signal: Recommendation) -> dict[str, Any] | None:
        """Yours, if you follow it"""
        follow = self.context["follow"]
        return None if follow is None else _FOLLOW.to_representation(follow)


class Publisher(Document):
    """A record: of a trader's own calls, or of all imported sources of one account. Rates are 0 to 1."""

    sources = serializers.ListField(source="names", child=serializers.CharField())
    publisher = serializers.SerializerMethodField()
    n = serializers.IntegerField(source="record.n", help_text=_("evaluated calls"))
    hits = serializers.IntegerField(source="record.hits", help_text=_("that were right"))
    hit_rate = serializers.DecimalField(5, 4, source="record.hit_rate")
    mean_accuracy = serializers.DecimalField(5, 4, source="record.mean_accuracy")
    brier = serializers.DecimalField(
        5, 4, source="record.brier", help_text=_("mean of (confidence − hit)², less is better")
    )
    baseline = serializers.DecimalField(
        5, 4, source="record.baseline", help_text=_("of always saying the hit rate: to be compared with")
    )
    afterwards = serializers.IntegerField(
        source="record.afterwards", help_text=_("that came more than a day after they were issued")
    )

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_publisher(self, source: Source) -> str | None:
        """The trader; null for imported sources"""
        return trader_of(source)


class ImportReport(Document):
    """What became of a batch."""

    created = serializers.IntegerField()
    unchanged = serializers.IntegerField(help_text=_("known, and said the same"))


class FollowingChoice(Document):
    follows_by_trading = serializers.BooleanField(
        help_text=_("a completed trade follows what it agrees with")
    )


def trader_of(source: Source) -> str | None:
    return source.publisher.user.username if source.is_personal and source.publisher else None


_POSITIONS = Positions()
_OUTCOME = Outcome()
_FOLLOW = Follow()
