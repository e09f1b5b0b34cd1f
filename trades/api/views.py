"""The API of trades: read the body, call the verb, show the row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, cast

from django.db.models import BigIntegerField, ExpressionWrapper, F, Q, QuerySet
from django.http import Http404
from django_fsm import has_transition_perm
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.api.base import ApiListView, ApiView
from accounts.models import Scope, User
from core.api.etags import etag_of, expected_version
from core.api.serializers import StrictSerializer, checked
from trades import services
from trades.api import documents, schema
from trades.api import serializers as bodies
from trades.api.filters import EventFilter, ProposalFilter
from trades.api.reading import as_rows, in_detail, just_changed, with_parts
from trades.errors import TradeError
from trades.models import TradeEvent, TradeProposal
from trades.models.proposals import TradeProposalQuerySet

WRITES = frozenset({"POST", "PATCH", "DELETE"})
SCOPES = dict.fromkeys(WRITES, Scope.TRADE)


@dataclass(frozen=True)
class Change:
    """One PATCH: the body it takes, the verb it calls, and where the verb's words stand in the body."""

    body: type[StrictSerializer]
    verb: Callable[..., TradeProposal]
    pointers: Mapping[str, str] = field(default_factory=dict)  # prefix in the verb → prefix in the body


_REASON = {"/reason": "/cancel_reason"}
CHANGES: dict[str, Change] = {
    "pending": Change(bodies.SendBody, services.send_draft),
    "accepted": Change(bodies.AcceptBody, services.accept_proposal),
    "declined": Change(bodies.DeclineBody, services.decline_proposal),
    "countered": Change(bodies.CounterBody, services.counter_proposal, {"": "/counter"}),
    "cancelled": Change(bodies.CancelBody, services.cancel_trade, _REASON),
}
EDIT = Change(bodies.DraftBody, services.amend_draft)


class _Proposals(ApiListView):
    serializer_class = documents.Proposal
    filterset_class = ProposalFilter
    orderings: ClassVar[Mapping[str, tuple[str, ...]]] = {"newest": ("-id",), "oldest": ("id",)}

    def get(self, request: Request) -> Response:
        return self.list(request)

    def get_queryset(self) -> TradeProposalQuerySet:
        return as_rows(TradeProposal.objects.visible_to(self.request.user))

    def paginate_queryset(self, queryset: Any) -> list[Any]:
        return with_parts(super().paginate_queryset(queryset) or [])


class Proposals(_Proposals):
    """Your proposals, made and received, with your drafts."""

    required_scopes = SCOPES

    def parts(self) -> tuple[Q, Q]:
        mine = self.request.user.pk
        return Q(proposer=mine), Q(recipient=mine, sent_at__isnull=False)

    @schema.CREATE
    def post(self, request: Request) -> Response:
        """Propose a trade, or draft it."""
        body = checked(bodies.ProposalBody, request)
        proposal = services.create_proposal(by=me(request), **body)
        response = document(request, just_changed(proposal), status=201)
        response["Location"] = reverse("api-trade", args=[proposal.pk], request=request)
        return response


class Incoming(_Proposals):
    """Open offers made to you."""

    def get_queryset(self) -> TradeProposalQuerySet:
        return super().get_queryset().filter(recipient=self.request.user.pk).open()


class Outgoing(_Proposals):
    """Everything you ever sent."""

    def get_queryset(self) -> TradeProposalQuerySet:
        return super().get_queryset().filter(proposer=self.request.user.pk, sent_at__isnull=False)


class ProposalDetail(ApiView):
    required_scopes = SCOPES
    idempotent_methods = WRITES
    versioned_methods = WRITES

    @schema.LOOK
    def get(self, request: Request, pk: int) -> Response:
        """One proposal; the recipient's first look marks a pending offer as viewed."""
        proposal = in_detail(pk, me(request))
        if has_transition_perm(proposal.view, request.user) and request.query_params.get("peek") != "1":
            services.view_proposal(proposal_id=pk, by=me(request))
            proposal = in_detail(pk, me(request))
        return document(request, proposal)

    @schema.ANSWER
    def patch(self, request: Request, pk: int) -> Response:
        """Accept, decline, counter, call off, send or edit."""
        change = change_of(request)
        body = checked(change.body, request)
        body.pop("status", None)
        with pointing(change.pointers):
            done = change.verb(proposal_id=pk, by=me(request), version=expected_version(request), **body)
        # A counter returns the child; the answer is about the parent.
        changed = just_changed(done) if done.pk == pk else in_detail(pk, me(request))
        return document(request, changed)

    @schema.CALL_OFF
    def delete(self, request: Request, pk: int) -> Response:
        """Call off, the same as PATCH `cancelled`; once accepted it needs a reason."""
        body = checked(bodies.DeleteBody, request)
        changed = services.cancel_trade(
            proposal_id=pk, by=me(request), version=expected_version(request), **body
        )
        return document(request, just_changed(changed))


class Complete(ApiView):
    required_scopes = SCOPES
    versioned_methods = WRITES

    @schema.CONFIRM
    def post(self, request: Request, pk: int) -> Response:
        """Confirm receipt; the second side's call completes the trade."""
        body = checked(bodies.CompleteBody, request)
        changed = services.confirm_receipt(
            proposal_id=pk, by=me(request), version=expected_version(request), **body
        )
        return document(request, just_changed(changed))


class Extend(ApiView):
    required_scopes = SCOPES
    versioned_methods = WRITES

    @schema.EXTEND
    def post(self, request: Request, pk: int) -> Response:
        """Three more days to answer, once."""
        checked(bodies.NoBody, request)
        changed = services.extend_proposal(proposal_id=pk, by=me(request), version=expected_version(request))
        return document(request, just_changed(changed))


class _Events(ApiListView):
    serializer_class = documents.Event
    orderings: ClassVar[Mapping[str, tuple[str, ...]]] = {"oldest": ("id",), "newest": ("-id",)}

    def get_queryset(self) -> QuerySet[TradeEvent]:
        return TradeEvent.objects.visible_to(self.request.user).select_related("actor")


class Timeline(_Events):
    def get(self, request: Request, pk: int) -> Response:
        """What happened to one proposal, in order."""
        proposal_of(request, pk)
        return self.list(request)

    def get_queryset(self) -> QuerySet[TradeEvent]:
        return super().get_queryset().filter(proposal=self.kwargs["pk"])


class Events(_Events):
    filterset_class = EventFilter
    orderings: ClassVar[Mapping[str, tuple[str, ...]]] = {"oldest": ("place",), "newest": ("-place",)}

    def get_queryset(self) -> QuerySet[TradeEvent]:
        # An id that no index knows: along the index of ids, everybody's events would be read for yours.
        place = ExpressionWrapper(F("id") + 0, output_field=BigIntegerField())
        return super().get_queryset().annotate(place=place)

    def get(self, request: Request) -> Response:
        """What happened to all of your proposals, in order; ask again with `after` the last one you have."""
        return self.list(request)


def change_of(request: Request) -> Change:
    """What a PATCH is: a next status, or an edit where it names none."""
    if not isinstance(request.data, Mapping) or "status" not in request.data:
        return EDIT
    return CHANGES[checked(bodies.NextStatus, request)["status"]]


@contextmanager
def pointing(prefixes: Mapping[str, str]) -> Iterator[None]:
    """Let a refusal's faults point at the places of this body instead of at the verb's own words."""
    try:
        yield
    except TradeError as error:
        for verbs, bodys in prefixes.items():
            error.faults = [
                replace(fault, pointer=bodys + fault.pointer.removeprefix(verbs))
                if fault.pointer.startswith(verbs)
                else fault
                for fault in error.faults
            ]
        raise


def me(request: Request) -> User:
    """Who calls; the permission classes let nobody else in."""
    return cast(User, request.user)


def proposal_of(request: Request, pk: int) -> TradeProposal:
    """The bare proposal; 404 for the unknown and the hidden."""
    proposal = TradeProposal.objects.visible_to(request.user).filter(pk=pk).first()
    if proposal is None:
        raise Http404
    return proposal


def document(request: Request, proposal: TradeProposal, status: int = 200) -> Response:
    body = documents.ProposalDetail(proposal, context={"request": request})
    return Response(body.data, status, headers={"ETag": etag_of(proposal.version)})
