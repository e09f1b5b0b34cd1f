"""What the lists of calls can be narrowed to."""

from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, FilterSet

from cards.api.filters import ChoicesFilter
from signals_bridge.models import Action, Recommendation, RecommendationAction, SignalStatus, Tracking
from signals_bridge.models.publishers import LONGEST_NAME
from trades.api.filters import IdFilter

_SOME = _("one or more, with commas between")


class SignalFilter(FilterSet):  # type: ignore[misc]  # ships no types
    card = IdFilter(field_name="card", min_value=1, help_text=_("the printing's id"))
    action = ChoicesFilter(choices=Action.choices, help_text=_SOME)
    status = ChoicesFilter(choices=SignalStatus.choices, help_text=_SOME)
    source = CharFilter(field_name="source__name", max_length=LONGEST_NAME, help_text=_("the whole name"))

    class Meta:
        model = Recommendation
        fields: list[str] = []


class FollowFilter(FilterSet):  # type: ignore[misc]  # ships no types
    action = ChoicesFilter(field_name="recommendation__action", choices=Action.choices, help_text=_SOME)
    status = ChoicesFilter(field_name="recommendation__status", choices=SignalStatus.choices, help_text=_SOME)
    tracking = ChoicesFilter(choices=Tracking.choices, help_text=_SOME)

    class Meta:
        model = RecommendationAction
        fields: list[str] = []
