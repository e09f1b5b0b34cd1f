"""What chat takes from a socket, read as strictly as a body of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from core.api.fields import LARGEST_ID, Id, StrictInteger
from core.api.serializers import StrictSerializer
from messaging.api.serializers import MessageBody
from notifications.frames import FrameError

MOST_HEADS = 100


class InConversation(StrictSerializer):
    """`typing` and `active`."""

    conversation = Id()


class Sending(MessageBody):
    """`send`: what a POST of the same message says, and where to."""

    conversation = Id()

    def validate(self, attrs: Mapping[str, Any]) -> dict[str, Any]:
        return {"conversation_id": attrs["conversation"], **super().validate(attrs)}


class Syncing(StrictSerializer):
    """`sync`: the last number that the client has of each conversation."""

    heads = serializers.DictField(child=StrictInteger(min_value=0, max_value=LARGEST_ID), default=dict)

    def validate_heads(self, heads: dict[str, int]) -> dict[int, int]:
        if len(heads) > MOST_HEADS:
            raise serializers.ValidationError(_("At most 100 conversations."))
        if not all(key.isascii() and key.isdigit() and len(key) < len(str(LARGEST_ID)) for key in heads):
            raise serializers.ValidationError(_("Keys are ids of conversations."))
        return {int(key): seq for key, seq in heads.items()}


def read(kind: type[StrictSerializer], frame: dict[str, Any]) -> dict[str, Any]:
    """The values of `frame`; FrameError `invalid` with the first thing wrong, after its pointer."""
    body = kind(data=frame)
    if body.is_valid():
        values: dict[str, Any] = body.validated_data
        return values
    name, faults = next(iter(body.errors.items()))
    where = "" if name == "non_field_errors" else f"/{name}: "
    raise FrameError("invalid", f"{where}{_first(faults)}")


def _first(faults: Any) -> str:
    while not isinstance(faults, str):
        faults = next(iter(faults.values() if isinstance(faults, dict) else faults))
    return faults
