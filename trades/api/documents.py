"""What the API shows of a trade: of the rows that `trades.api.reading` brings."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from cards.models import Condition, Finish, Language, Variant
from core.api.documents import Document
from core.api.fields import AwareDateTime, Money
from trades.models import CompletionMethod, EventKind, Status
from trades.services.permission import allowed_verbs


class Item(Document):
    """One line, as it was frozen at sending."""

    holding = serializers.IntegerField()
    card = serializers.IntegerField()
    name = serializers.CharField()
    set = serializers.CharField()
    collector_number = serializers.CharField()
    finish = serializers.ChoiceField(choices=Finish.choices)
    condition = serializers.ChoiceField(choices=Condition.choices)
    language = serializers.ChoiceField(choices=Language.choices)
    variant = serializers.ChoiceField(choices=Variant.choices)
    quantity = serializers.IntegerField()
    unit_price = Money(allow_null=True, help_text=_("one copy in its condition; null: unpriced"))
    price_as_of = serializers.DateField(allow_null=True)
    price_source = serializers.CharField()
    declared = serializers.BooleanField(help_text=_("the proposer's own figure, for lack of a market price"))
    value = Money(allow_null=True, help_text=_("unit_price × quantity"))


class Reference(Document):
    """Another proposal of the same chain."""

    id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=Status.choices)
    version = serializers.IntegerField()


class _Proposal(Document):
    """What every way to show a proposal has in common; money in site currency."""

    id = serializers.IntegerField()
    proposer = serializers.CharField(source="proposer_name")
    recipient = serializers.CharField(source="recipient_name")
    status = serializers.ChoiceField(choices=Status.choices)
    version = serializers.IntegerField(help_text=_("what `If-Match` names, in quotes"))
    proposer_offers = Item(many=True, source="offered")
    proposer_wants = Item(many=True, source="wanted")
    proposer_offers_value = Money(help_text=_("the priced cards, without cash"))
    proposer_wants_value = Money()
    proposer_adds_cash = Money()
    recipient_adds_cash = Money()
    proposer_total = Money(help_text=_("cards and cash"))
    recipient_total = Money()
    message = serializers.CharField()
    decline_reason = serializers.CharField()
    declined_for_good = serializers.BooleanField()
    cancel_reason = serializers.CharField()
    cancel_requested_by = serializers.SerializerMethodField()
    parent_proposal = serializers.IntegerField(source="parent_proposal_id", allow_null=True)
    counter_count = serializers.IntegerField()
    completion_method = serializers.ChoiceField(choices=CompletionMethod.choices)
    completion_notes = serializers.CharField()
    expires_in_days = serializers.IntegerField(source="life_days")
    sends_first = serializers.SerializerMethodField()
    allowed = serializers.SerializerMethodField()
    created_at = AwareDateTime()
    sent_at = AwareDateTime(allow_null=True)
    expires_at = AwareDateTime(allow_null=True)
    viewed_at = AwareDateTime(allow_null=True)
    responded_at = AwareDateTime(allow_null=True)
    accepted_at = AwareDateTime(allow_null=True)
    proposer_confirmed_at = AwareDateTime(allow_null=True)
    recipient_confirmed_at = AwareDateTime(allow_null=True)
    completed_at = AwareDateTime(allow_null=True)
    closed_at = AwareDateTime(allow_null=True)

    def get_cancel_requested_by(self, proposal: Any) -> str | None:
        """The username of who asked to call the trade off."""
        return _username(proposal, proposal.cancel_requested_by_id)

    def get_sends_first(self, proposal: Any) -> str | None:
        """The username of who is named to send first."""
        return _username(proposal, proposal.sends_first_id)

    def get_allowed(self, proposal: Any) -> list[str]:
        """The verbs that are yours now: send, accept, decline, counter, cancel, extend, confirm."""
        return allowed_verbs(proposal, self.context["request"].user, proposal.now)


class Proposal(_Proposal):
    """A proposal with both lists, and which counter answered it."""

    counter_proposal = Reference(source="counter", allow_null=True)


class ProposalDetail(_Proposal):
    """A proposal with both lists, and the counter that answered it with its own."""

    counter_proposal = Proposal(source="counter", allow_null=True)


class Event(Document):
    """One change; `id` is the cursor for `?after=`."""

    id = serializers.IntegerField()
    proposal = serializers.IntegerField(source="proposal_id")
    kind = serializers.ChoiceField(choices=EventKind.choices)
    actor = serializers.SerializerMethodField()
    version = serializers.IntegerField(help_text=_("the proposal's version after it"))
    payload = serializers.JSONField(help_text=_("ids, values and times"))
    created_at = AwareDateTime()

    def get_actor(self, event: Any) -> str | None:
        """The username of who did it; null: the clock."""
        return event.actor.username if event.actor else None


def _username(proposal: Any, user_id: int | None) -> str | None:
    if user_id is None:
        return None
    name = proposal.proposer_name if user_id == proposal.proposer_id else proposal.recipient_name
    return str(name)
