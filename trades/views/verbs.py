"""What a reader may do with a trade: the status machine's verbs and those of the way between the
two, each with its form and its words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from trades import services
from trades.forms import AcceptForm, CallOffForm, CancelForm, ConfirmForm, DeclineForm, ShipForm, VerbForm
from trades.models import CompletionMethod, Shipment, TradeProposal
from trades.services.completing import method_so_far
from trades.steps import Situation, may_report_delay, may_send_parcel


@dataclass(frozen=True, slots=True)
class Verb:
    """Something to do as a form on the page; `perform` is its service, `done` is said afterwards."""

    perform: Callable[..., Any]
    form: type[VerbForm]
    done: str | Promise


VERBS = {
    "confirm": Verb(services.confirm_receipt, ConfirmForm, _("Confirmed.")),
    "accept": Verb(services.accept_proposal, AcceptForm, _("Accepted. The cards are reserved.")),
    "send": Verb(services.send_draft, VerbForm, _("Sent.")),
    "ship": Verb(services.mark_sent, ShipForm, _("Noted, and the other side is told.")),
    "delay": Verb(services.report_delay, VerbForm, _("Noted: this trade gets 30 more days.")),
    "extend": Verb(services.extend_proposal, VerbForm, _("Three days more.")),
    "agree-addresses": Verb(services.agree_to_exchange, VerbForm, _("Agreed.")),
    "refuse-cancellation": Verb(services.refuse_cancellation, VerbForm, _("The trade goes on.")),
    "decline": Verb(services.decline_proposal, DeclineForm, _("Declined.")),
    "cancel": Verb(services.cancel_trade, CancelForm, _("Done.")),
}
# The order of the buttons; a counter has a page of its own.
ORDER = (
    *("refuse-cancellation", "ship", "confirm", "accept", "send", "counter"),
    *("decline", "delay", "extend", "cancel"),
)


@dataclass(frozen=True, slots=True)
class Action:
    """A verb that is the reader's now, ready to be shown."""

    name: str
    form: VerbForm | None

    @property
    def template(self) -> str:
        return f"trades/verbs/{self.name}.html"


def form_of(name: str, trade: TradeProposal) -> type[VerbForm]:
    """An agreed trade is called off with a reason, an open offer is simply taken back."""
    return CallOffForm if name == "cancel" and trade.accepted_at else VERBS[name].form


def actions_for(at: Situation, verbs: Collection[str], posted: Mapping[str, VerbForm]) -> list[Action]:
    """The buttons of the page, from what the status machine allows; `posted` came back with errors."""
    if at.is_disputed:
        return []
    names = set(verbs)
    if at.proposal.cancel_requested_by_id == at.partner.pk and "cancel" in names:
        names.add("refuse-cancellation")
    if may_send_parcel(at):
        names.add("ship")
    if may_report_delay(at):
        names.add("delay")
    return [Action(name, posted.get(name) or _blank_form(name, at)) for name in ORDER if name in names]


def _blank_form(name: str, at: Situation) -> VerbForm | None:
    if name not in VERBS:
        return None
    form = form_of(name, at.proposal)(initial=_initial(at), auto_id=f"{name}-%s")
    if isinstance(form, ConfirmForm):
        _tell_of_correction(form, at)
    return form


def _tell_of_correction(form: ConfirmForm, at: Situation) -> None:
    """The side that confirms last has the last word on the method: it sees what the first has said."""
    said = CompletionMethod(method_so_far(at.proposal))
    form.initial["completion_method"] = said
    if said != at.proposal.completion_method:
        words = {"partner": at.partner.name, "method": said.label}
        form.fields["completion_method"].help_text = (
            _("%(partner)s says it went another way than agreed: %(method)s.") % words
        )


def _initial(at: Situation) -> dict[str, Any]:
    trade, shipment = at.proposal, at.shipment_of(at.reader) or Shipment()
    return {
        "version": trade.version,
        "reason": trade.cancel_reason,
        "carrier": shipment.carrier,
        "tracking": shipment.tracking,
    }
