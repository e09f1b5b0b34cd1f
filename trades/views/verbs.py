"""What a reader may do with a trade: the status machine's verbs, each with its form and its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from trades import services
from trades.forms import AcceptForm, CallOffForm, CancelForm, ConfirmForm, DeclineForm, VerbForm
from trades.models import TradeProposal
from trades.negotiation import Negotiation


@dataclass(frozen=True, slots=True)
class Verb:
    """A transition as a form on the page; `perform` is its service."""

    name: str
    perform: Callable[..., TradeProposal]
    form: Callable[[TradeProposal], type[VerbForm]]
    done: str | Promise  # said once it has happened


def _cancel_form(trade: TradeProposal) -> type[VerbForm]:
    return CallOffForm if trade.accepted_at else CancelForm


# The most likely first: the order of the buttons.
VERBS = {
    verb.name: verb
    for verb in (
        Verb("confirm", services.confirm_receipt, lambda trade: ConfirmForm, _("Confirmed.")),
        Verb(
            "accept",
            services.accept_proposal,
            lambda trade: AcceptForm,
            _("Accepted. The cards are reserved."),
        ),
        Verb("send", services.send_draft, lambda trade: VerbForm, _("Sent.")),
        Verb("decline", services.decline_proposal, lambda trade: DeclineForm, _("Declined.")),
        Verb("cancel", services.cancel_trade, _cancel_form, _("Done.")),
        Verb(
            "refuse-cancellation",
            services.refuse_cancellation,
            lambda trade: VerbForm,
            _("The trade goes on."),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Action:
    """A verb that is the reader's now, ready to be shown; `counter` has a page instead of a form."""

    name: str
    form: VerbForm | None

    @property
    def template(self) -> str:
        return f"trades/verbs/{self.name}.html"


ORDER = ("refuse-cancellation", "confirm", "accept", "send", "counter", "decline", "cancel")


def actions_for(
    negotiation: Negotiation, verbs: Sequence[str], posted: Mapping[str, VerbForm]
) -> list[Action]:
    """The buttons of the page, from what the status machine allows; `posted` came back with errors."""
    trade = negotiation.shown
    names = set(verbs)
    if trade.cancel_requested_by_id == negotiation.partner.pk and "cancel" in names:
        names.add("refuse-cancellation")
    return [Action(name, posted.get(name) or blank_form(name, trade)) for name in ORDER if name in names]


def blank_form(name: str, trade: TradeProposal) -> VerbForm | None:
    if name not in VERBS:
        return None
    return VERBS[name].form(trade)(initial=_initial(trade), auto_id=f"{name}-%s")


def _initial(trade: TradeProposal) -> dict[str, Any]:
    return {
        "version": trade.version,
        "completion_method": trade.completion_method,
        "reason": trade.cancel_reason,
    }
