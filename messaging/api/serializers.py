"""Bodies of chat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from core.api.fields import Id, StrictBoolean, StrictChar, StrictChoice, StrictInteger
from core.api.serializers import StrictSerializer
from messaging.models import LONGEST_CLIENT_ID, LONGEST_CONTENT, Attachment
from messaging.services.sending import Attached


class OpeningBody(StrictSerializer):
    # A class body's `locals()` is its namespace: the contract's name is a keyword in Python.
    locals()["with"] = StrictChar(max_length=30, help_text=_("the partner's username"))


class SortingBody(StrictSerializer):
    archived = StrictBoolean(required=False)
    muted = StrictBoolean(required=False)


class MessageBody(StrictSerializer):
    """Text, or something that hangs on it, or both; the text is kept as it is, spaces and all."""

    client_id = StrictChar(
        max_length=LONGEST_CLIENT_ID,
        trim_whitespace=False,
        help_text=_("yours, for this message alone: the same again returns the stored message"),
    )
    content = StrictChar(
        max_length=LONGEST_CONTENT, trim_whitespace=False, required=False, allow_blank=True, default=""
    )
    attachment_type = StrictChoice(choices=Attachment.choices, required=False)
    attachment_id = Id(required=False)

    def validate(self, attrs: Mapping[str, Any]) -> dict[str, Any]:
        kind, pk = attrs.get("attachment_type"), attrs.get("attachment_id")
        if (kind is None) != (pk is None):
            missing = "attachment_type" if kind is None else "attachment_id"
            raise serializers.ValidationError(
                {missing: [_("An attachment has a type and an id.")]}, code="required"
            )
        attached = Attached(Attachment(kind), pk) if kind is not None and pk is not None else None
        return {"client_id": attrs["client_id"], "content": attrs["content"], "attached": attached}


class EditBody(StrictSerializer):
    content = StrictChar(max_length=LONGEST_CONTENT, trim_whitespace=False, allow_blank=True)


class ReadingBody(StrictSerializer):
    seq = StrictInteger(min_value=0, max_value=None)


class NoBody(StrictSerializer):
    """Nothing to say."""
