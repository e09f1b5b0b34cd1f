"""Market calls: who makes them, what they say, who followed them, and what came of it."""

from signals_bridge.models.actions import Exclusion, FollowSettings, RecommendationAction, Tracking
from signals_bridge.models.publishers import Publisher, Source
from signals_bridge.models.recommendations import Action, Recommendation, SignalStatus

__all__ = [
    "Action",
    "Exclusion",
    "FollowSettings",
    "Publisher",
    "Recommendation",
    "RecommendationAction",
    "SignalStatus",
    "Source",
    "Tracking",
]
