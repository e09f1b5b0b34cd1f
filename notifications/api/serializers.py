"""Bodies about notices."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from core.api.fields import AwareDateTime, Id, StrictBoolean
from core.api.serializers import StrictSerializer
from notifications.models import Category, Notification

MOST_IDS = 1_000


class NotificationBody(serializers.Serializer[Notification]):
    """One notice, with its sentence in the reader's language."""

    id = serializers.IntegerField()
    category = serializers.ChoiceField(choices=Category.choices)
    kind = serializers.CharField(help_text=_("what happened, past tense: `trade_accepted`"))
    subject = serializers.CharField(help_text=_("what it is about: `trade:41`; empty if nothing lasting"))
    actor = serializers.CharField(source="actor.username", default=None, allow_null=True)
    text = serializers.CharField(source="line")
    url = serializers.CharField(help_text=_("the page that shows it"))
    created_at = AwareDateTime()
    read_at = AwareDateTime(allow_null=True)


class ReadNotifications(StrictSerializer):
    """Which notices were read: `{"ids": [1, 2]}` or `{"all": true}`."""

    ids = serializers.ListField(child=Id(), allow_empty=False, max_length=MOST_IDS, required=False)
    all = StrictBoolean(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1 or attrs.get("all") is False:
            raise serializers.ValidationError(_("Either `ids`, or `all` as true."), code="ids_or_all")
        return attrs


class Unread(serializers.Serializer[dict[str, int]]):
    unread = serializers.IntegerField(help_text=_("how many are left"))
