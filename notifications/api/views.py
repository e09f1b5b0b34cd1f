"""The API's part about notices."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiListView, ApiView
from accounts.models import Scope
from accounts.reader import reader_of
from core.api.serializers import checked
from notifications.api.serializers import NotificationBody, ReadNotifications, Unread
from notifications.models import Notification
from notifications.services import mark_read


class Notifications(ApiListView):
    """What you were told."""

    serializer_class = NotificationBody
    orderings = {"newest": ("-id",)}

    def get_queryset(self) -> QuerySet[Notification]:
        return Notification.objects.of(reader_of(self.request)).select_related("actor")

    def get(self, request: Request) -> Response:
        """Newest first. One line names what it is about, who did it, and the page that shows it."""
        return self.list(request)


class Read(ApiView):
    required_scopes = {"POST": Scope.TRADE}

    @extend_schema(request=ReadNotifications, responses=Unread)
    def post(self, request: Request) -> Response:
        """Mark notices as read. Unknown ones, and those of other people, change nothing."""
        mark_read(by=reader_of(request), ids=checked(ReadNotifications, request).get("ids"))
        return Response({"unread": Notification.objects.of(reader_of(request)).unread().count()})
