"""Bodies that come in about calls and follows."""

from __future__ import annotations

from rest_framework import serializers

from core.api.fields import StrictBoolean, StrictChar
from core.api.serializers import StrictSerializer
from signals_bridge.models.publishers import LONGEST_NAME
from signals_bridge.rows import SignalRow


class Batch(StrictSerializer):
    """What goes around the calls of an import; they themselves are read by the service, one by one."""

    source = StrictChar(max_length=LONGEST_NAME)  # type: ignore[assignment]  # the contract's name
    signals = serializers.ListField()


class ImportBody(Batch):
    """The same, as the API's description shows it."""

    signals = SignalRow(many=True)  # type: ignore[assignment]


class FollowingBody(StrictSerializer):
    follows_by_trading = StrictBoolean()
