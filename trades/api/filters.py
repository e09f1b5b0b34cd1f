"""What the lists of trades can be narrowed to."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_filters import BaseInFilter, CharFilter, ChoiceFilter, FilterSet, NumberFilter

from accounts.models import User
from trades.models import Status, TradeEvent, TradeProposal
from trades.models.proposals import TradeProposalQuerySet

ROLES = [("proposer", _("proposer")), ("recipient", _("recipient"))]


class StatusFilter(BaseInFilter, ChoiceFilter):  # type: ignore[misc]  # ships no types
    """Some statuses, with commas between."""


class ProposalFilter(FilterSet):  # type: ignore[misc]  # ships no types
    status = StatusFilter(choices=Status.choices, help_text=_("one or more, with commas between"))
    role = ChoiceFilter(choices=ROLES, method="by_role", help_text=_("yours in the proposal"))
    # A class body's `locals()` is its namespace: the contract's name is a keyword in Python.
    locals()["with"] = CharFilter(method="by_partner", max_length=30, help_text=_("the partner's username"))

    class Meta:
        model = TradeProposal
        fields: list[str] = []

    def by_role(self, rows: TradeProposalQuerySet, name: str, role: str) -> Any:
        return rows.filter(**{role: self.request.user})

    def by_partner(self, rows: TradeProposalQuerySet, name: str, username: str) -> Any:
        me, partner = self.request.user, User.objects.named(username).values("pk")
        return rows.filter(Q(proposer=me, recipient__in=partner) | Q(recipient=me, proposer__in=partner))


class IdFilter(NumberFilter):  # type: ignore[misc]  # ships no types
    """An id, or 0 for before the first."""

    field_class = forms.IntegerField


class EventFilter(FilterSet):  # type: ignore[misc]  # ships no types
    after = IdFilter(field_name="id", lookup_expr="gt", min_value=0, help_text=_("the last event you have"))

    class Meta:
        model = TradeEvent
        fields: list[str] = []
