"""Disputes for programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiView
from accounts.models import Scope
from core.api.documents import Document
from core.api.etags import etag_of, expected_version
from core.api.fields import AwareDateTime, Id, StrictBoolean, StrictChar, StrictChoice
from core.api.parsers import StrictJSONParser
from core.api.serializers import StrictSerializer, checked
from trades import services
from trades.api.views import me
from trades.models import Dispute, DisputePhoto, DisputeStatus, Outcome, Reason
from trades.models.disputes import LONGEST_TEXT
from uploads.api.views import FORM_ROOM, PhotoForm, photo_in
from uploads.services import MOST_BYTES

VERBS = {"answer_with": "answer", "withdraw": "withdraw", "concede": "concede"}


class DisputeBody(StrictSerializer):
    reason = StrictChoice(choices=Reason.choices)
    text = StrictChar(max_length=LONGEST_TEXT)


class AnswerBody(StrictSerializer):
    answer = StrictChar(max_length=LONGEST_TEXT, source="text")


class _Yes(StrictBoolean):
    default_error_messages = {"only_true": gettext_lazy("Only true.")}

    def to_internal_value(self, data: Any) -> bool:
        if not super().to_internal_value(data):
            self.fail("only_true")
        return True


class WithdrawBody(StrictSerializer):
    withdraw = _Yes()


class ConcedeBody(StrictSerializer):
    concede = _Yes()


CHANGES: dict[str, tuple[type[StrictSerializer], Callable[..., Dispute]]] = {
    "answer": (AnswerBody, services.answer_dispute),
    "withdraw": (WithdrawBody, services.withdraw_dispute),
    "concede": (ConcedeBody, services.concede_dispute),
}


class UploadBody(StrictSerializer):
    upload = Id(help_text=gettext_lazy("the `id` of a photo of yours from `/uploads/`"))


class PhotoDocument(Document):
    id = serializers.IntegerField(source="upload_id")
    url = serializers.SerializerMethodField()
    by = serializers.CharField(source="upload.owner.username")

    def get_url(self, photo: DisputePhoto) -> str:
        return photo.upload.get_absolute_url()


class DisputeDocument(Document):
    """One dispute a trade; `ETag` and `If-Match` are the proposal's."""

    status = serializers.ChoiceField(choices=DisputeStatus.choices)
    opened_by = serializers.CharField(source="opened_by.username")
    reason = serializers.ChoiceField(choices=Reason.choices)
    text = serializers.CharField()
    opened_at = AwareDateTime()
    answer = serializers.CharField()
    answered_at = AwareDateTime(allow_null=True)
    photos = PhotoDocument(many=True, source="shown_photos")
    ended_at = AwareDateTime(allow_null=True)
    outcome = serializers.ChoiceField(choices=Outcome.choices, allow_blank=True)
    proposer_cards_arrived = serializers.BooleanField(allow_null=True)
    recipient_cards_arrived = serializers.BooleanField(allow_null=True)
    lost_by = serializers.SerializerMethodField()
    decision = serializers.CharField(help_text=gettext_lazy("the moderator's words"))
    allowed = serializers.SerializerMethodField()

    def get_lost_by(self, dispute: Dispute) -> str | None:
        """The username of whom it was decided against, if anybody."""
        return dispute.lost_by.username if dispute.lost_by else None

    def get_allowed(self, dispute: Dispute) -> list[str]:
        """What is yours to do now: answer, withdraw, concede."""
        transitions = dispute.get_available_user_status_transitions(self.context["request"].user)
        return sorted(VERBS[t.name] for t in transitions if t.name in VERBS)


class DisputeView(ApiView):
    required_scopes: ClassVar[dict[str, Scope]] = {"POST": Scope.TRADE, "PATCH": Scope.TRADE}
    idempotent_methods = versioned_methods = frozenset({"POST", "PATCH"})

    @extend_schema(responses=DisputeDocument)
    def get(self, request: Request, pk: int) -> Response:
        """The dispute; 404 while nobody has opened one."""
        return _answer(request, pk)

    @extend_schema(
        request=DisputeBody,
        responses={201: DisputeDocument},
        examples=[
            OpenApiExample("lost", {"reason": "not_received", "text": "Five weeks."}, request_only=True)
        ],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Open a dispute, once a trade: while it is accepted, or within 30 days after it completed."""
        body = checked(DisputeBody, request)
        services.open_dispute(proposal_id=pk, by=me(request), version=expected_version(request), **body)
        return _answer(request, pk, 201)

    @extend_schema(
        request=PolymorphicProxySerializer(
            component_name="DisputeChange",
            serializers=[AnswerBody, WithdrawBody, ConcedeBody],
            resource_type_field_name=None,
        ),
        responses=DisputeDocument,
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Withdraw what you opened; answer, once, or concede what the other side opened."""
        body, verb = CHANGES[_named_in(request)]
        words = {name: value for name, value in checked(body, request).items() if value is not True}
        verb(proposal_id=pk, by=me(request), version=expected_version(request), **words)
        return _answer(request, pk)


class DisputePhotosView(ApiView):
    required_scopes: ClassVar[dict[str, Scope]] = {"POST": Scope.TRADE}
    parser_classes = [StrictJSONParser, MultiPartParser]
    body_limit = MOST_BYTES + FORM_ROOM

    @extend_schema(
        request={"application/json": UploadBody, "multipart/form-data": PhotoForm},
        responses={201: PhotoDocument},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Show a photo in the dispute, six a side: one sent before, by its `id`, or the file itself."""
        if request.FILES:
            photo = services.show_photo(proposal_id=pk, by=me(request), file=photo_in(request))
        else:
            body = checked(UploadBody, request)
            photo = services.add_photo(proposal_id=pk, by=me(request), upload_id=body["upload"])
        return Response(PhotoDocument(photo).data, 201)


def _named_in(request: Request) -> str:
    """The one key that says what a PATCH is."""
    named = [name for name in CHANGES if isinstance(request.data, Mapping) and name in request.data]
    if not named:
        raise ValidationError(_("Say one of: answer, withdraw, concede."), code="required")
    return named[0]


def _answer(request: Request, pk: int, status: int = 200) -> Response:
    """The dispute as it is now, two queries."""
    rows = Dispute.objects.visible_to(request.user).filter(proposal=pk)
    dispute = rows.select_related("proposal", "opened_by", "lost_by").first()
    if dispute is None:
        raise Http404
    body = DisputeDocument(dispute, context={"request": request}).data
    return Response(body, status, headers={"ETag": etag_of(dispute.proposal.version)})
