"""The API of signals: calls for everybody to read, follows, and the way in for publishers."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiListView, ApiView
from accounts.api.permissions import HasScopeOrIsAnonymous
from accounts.models import Scope
from accounts.reader import reader_of
from core.api.parsers import MIB
from core.api.serializers import checked
from signals_bridge import services
from signals_bridge.api import bodies, documents, schema
from signals_bridge.api.filters import FollowFilter, SignalFilter
from signals_bridge.errors import SignalError
from signals_bridge.models import FollowSettings, Recommendation, RecommendationAction, Source
from signals_bridge.reading import followed_by
from signals_bridge.record import publishers_seen_by, record_of
from signals_bridge.services.entering import MOST_SIGNALS


class Signals(ApiListView):
    """Market calls."""

    permission_classes = [HasScopeOrIsAnonymous]
    serializer_class = documents.ListedSignal
    filterset_class = SignalFilter
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {
        "newest": ("-issued_at", "-id"),
        "ending": ("valid_until", "id"),
    }

    def get(self, request: Request) -> Response:
        """Calls of all sources, the newest first."""
        return self.list(request)

    def get_queryset(self) -> QuerySet[Recommendation]:
        signals: QuerySet[Recommendation] = Recommendation.objects.visible_to(self.request.user).with_card()
        return signals.annotate(is_followed=followed_by(self.request.user))


class Signal(ApiView):
    permission_classes = [HasScopeOrIsAnonymous]

    @schema.SIGNAL
    def get(self, request: Request, pk: int) -> Response:
        """One call, what came of it, and your follow of it."""
        signal = get_object_or_404(Recommendation.objects.visible_to(request.user).with_card(), pk=pk)
        follow = RecommendationAction.objects.of(request.user).filter(recommendation=signal).first()
        return Response(documents.SignalDetail(signal, context={"follow": follow}).data)


class Publishers(ApiListView):
    """Those who make calls, and how right they were."""

    permission_classes = [HasScopeOrIsAnonymous]
    serializer_class = documents.Publisher
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {"calls": ("-calls", "id")}

    def get(self, request: Request) -> Response:
        """Records of evaluated calls, the longest first."""
        return self.list(request)

    def get_queryset(self) -> QuerySet[Source]:
        return publishers_seen_by(self.request.user)

    def paginate_queryset(self, queryset: Any) -> list[Any]:
        sources: Any = super().paginate_queryset(queryset) or []
        for source in sources:
            source.record = record_of(source)
        return list(sources)


class SignalImport(ApiView):
    required_scopes: ClassVar[dict[str, Scope]] = {"POST": Scope.SIGNALS_IMPORT}
    body_limit = 8 * MIB

    @schema.IMPORT
    def post(self, request: Request) -> Response:
        """Import calls under a source of yours: all of them, or none.

        5,000 at most, also packed by gzip. The same calls again are counted as unchanged; one that
        is known by its `external_id` and says something else is a 409. All bad rows are named.
        """
        batch = checked(bodies.Batch, request)
        if len(batch["signals"]) > MOST_SIGNALS:
            raise SignalError(
                "too_many", _("At most %(most)s signals in one batch.") % {"most": MOST_SIGNALS}, 413
            )
        report = services.import_signals(
            source=batch["source"], rows=enumerate(batch["signals"]), by=reader_of(request)
        )
        return Response(documents.ImportReport(report).data)


class SignalPublishing(ApiView):
    required_scopes: ClassVar[dict[str, Scope]] = {"POST": Scope.TRADE}

    @schema.PUBLISH
    def post(self, request: Request) -> Response:
        """Make a call of your own, from gold on: at the price of this moment, your positions shown."""
        signal = services.publish_signal(by=reader_of(request), said=request.data)
        return Response(documents.Signal(signal).data, 201)


class Following(ApiView):
    required_scopes: ClassVar[dict[str, Scope]] = {"PUT": Scope.TRADE, "DELETE": Scope.TRADE}

    @schema.FOLLOW
    def put(self, request: Request, pk: int) -> Response:
        """Follow a call while it runs; again it is the same follow."""
        follow = services.follow_signal(signal_id=pk, by=reader_of(request))
        return Response(documents.OwnSignal(follow).data)

    @schema.UNFOLLOW
    def delete(self, request: Request, pk: int) -> Response:
        """Take a follow back, within an hour."""
        services.unfollow_signal(signal_id=pk, by=reader_of(request))
        return Response(status=204)


class OwnSignals(ApiListView):
    """The calls you follow."""

    serializer_class = documents.OwnSignal
    filterset_class = FollowFilter
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {"newest": ("-acted_at", "-id")}

    def get(self, request: Request) -> Response:
        """Your follows and what came of them, the newest first."""
        return self.list(request)

    def get_queryset(self) -> QuerySet[RecommendationAction]:
        follows: QuerySet[RecommendationAction] = RecommendationAction.objects.of(self.request.user)
        return follows.with_signals()  # type: ignore[attr-defined, no-any-return]


class FollowingSettings(ApiView):
    required_scopes: ClassVar[dict[str, Scope]] = {"PUT": Scope.TRADE}

    @schema.CHOICE
    def get(self, request: Request) -> Response:
        """Whether your trades follow calls by themselves."""
        choice = FollowSettings.objects.filter(user=reader_of(request)).first() or FollowSettings()
        return Response(documents.FollowingChoice(choice).data)

    @schema.CHOOSE
    def put(self, request: Request) -> Response:
        """Switch that on or off, for trades that complete from now on."""
        body = checked(bodies.FollowingBody, request)
        choice = services.choose_following(by=reader_of(request), by_trading=body["follows_by_trading"])
        return Response(documents.FollowingChoice(choice).data)
