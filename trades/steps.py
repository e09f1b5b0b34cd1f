"""What is next in a trade, as one of its two reads it. Asks the status machine, not the status."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django_fsm import has_transition_perm

from accounts.models import User
from trades.deadlines import ANSWER, LAPSE
from trades.models import CompletionMethod, Dispute, Shipment, TradeProposal
from trades.services.permission import allowed_verbs


@dataclass(frozen=True, slots=True)
class Step:
    """The next step: who has to take it, until when, and the word on the button that leads there."""

    text: str
    action: str = ""  # "" where the reader only waits
    deadline: datetime | None = None
    anchor: str = ""  # where on the trade's page it is done


@dataclass(frozen=True, slots=True)
class Situation:
    """A trade as `next_step` looks at it: nothing here is asked from the database."""

    proposal: TradeProposal
    reader: User
    now: datetime
    givers: Collection[int]  # ids of those who give anything at all
    shipments: Collection[Shipment]
    dispute: Dispute | None = None

    @property
    def is_disputed(self) -> bool:
        """Until a dispute ends nothing else moves the trade on."""
        return self.dispute is not None and not self.dispute.is_resolved

    @property
    def partner(self) -> User:
        return self.proposal.partner_of(self.reader.pk)

    def may(self, verb: str, user: User) -> bool:
        return verb in allowed_verbs(self.proposal, user, self.now)

    def shipment_of(self, user: User) -> Shipment | None:
        return next((shipment for shipment in self.shipments if shipment.sender_id == user.pk), None)

    def has_sent(self, user: User) -> bool:
        return self.shipment_of(user) is not None

    @property
    def is_agreed(self) -> bool:
        """Accepted and not over: somebody still has something to confirm."""
        return self.may("confirm", self.reader) or self.may("confirm", self.partner)

    @property
    def names(self) -> dict[str, str]:
        return {"partner": self.partner.name}


def next_step(at: Situation) -> Step | None:
    """What has to happen next; None where nothing has."""
    proposal = at.proposal
    if at.is_disputed:
        return _disputed(at)
    if at.may("send", at.reader):
        return Step(_("Finish your draft and send it."), _("Continue"))
    if at.may("accept", at.reader):
        return Step(_("%(partner)s waits for your answer.") % at.names, _("Answer"), proposal.expires_at)
    if at.may("accept", at.partner):
        return Step(_("Waiting for %(partner)s to answer.") % at.names, deadline=proposal.expires_at)
    if at.is_agreed:
        return _cancellation(at) or _handing_over(at)
    return None


def _disputed(at: Situation) -> Step:
    assert at.dispute is not None  # noqa: S101  (`is_disputed` said so)
    if has_transition_perm(at.dispute.answer_with, at.reader):
        deadline = at.dispute.opened_at + ANSWER
        return Step(
            _("%(partner)s opened a dispute. Tell your side.") % at.names, _("Answer"), deadline, "dispute"
        )
    if at.dispute.answered_at is None:
        return Step(_("Your dispute waits for %(partner)s’s side of it.") % at.names, anchor="dispute")
    return Step(_("A moderator looks at the dispute."), anchor="dispute")


def _cancellation(at: Situation) -> Step | None:
    if at.proposal.cancel_requested_by_id == at.partner.pk:
        return Step(
            _("%(partner)s asks to cancel this trade.") % at.names, _("Answer"), anchor="cancellation"
        )
    if at.proposal.cancel_requested_by_id == at.reader.pk:
        return Step(_("You asked to cancel; %(partner)s has to agree.") % at.names)
    return None


def _handing_over(at: Situation) -> Step:
    if at.proposal.completion_method != CompletionMethod.MAIL:
        return _meeting(at)
    return _sending(at) or _receiving(at)


def _meeting(at: Situation) -> Step:
    if at.may("confirm", at.reader):
        return Step(
            _("Meet %(partner)s, swap, then both confirm.") % at.names, _("Confirm"), _lapse(at), "confirm"
        )
    return Step(_("%(partner)s has to confirm the swap too.") % at.names)


def _sending(at: Situation) -> Step | None:
    """By mail, as long as this side has something to send."""
    if at.reader.pk not in at.givers or at.has_sent(at.reader):
        return None
    if at.proposal.sends_first_id == at.reader.pk and not at.has_sent(at.partner):
        return Step(
            _("You send first. %(partner)s is waiting.") % at.names, _("Send"), _lapse(at), "shipping"
        )
    if at.has_sent(at.partner) or at.partner.pk not in at.givers:
        return Step(_("It is your turn to send.") % at.names, _("Send"), _lapse(at), "shipping")
    return Step(_("%(partner)s sends first.") % at.names, deadline=_lapse(at))


def _receiving(at: Situation) -> Step:
    if not at.may("confirm", at.reader):
        return Step(_("%(partner)s has to confirm that it arrived.") % at.names)
    if at.partner.pk not in at.givers:
        return Step(_("Confirm that you are done with this gift."), _("Confirm"), anchor="confirm")
    if at.has_sent(at.partner):
        return Step(_("Has it arrived from %(partner)s?") % at.names, _("Confirm"), anchor="confirm")
    return Step(_("%(partner)s has to send.") % at.names)


def _lapse(at: Situation) -> datetime | None:
    """When the trade is called off by itself: as long as nobody has sent or confirmed anything."""
    if at.proposal.begun_at is not None or at.proposal.accepted_at is None:
        return None
    return at.proposal.accepted_at + at.proposal.stood_still + LAPSE


def may_send_parcel(at: Situation) -> bool:
    """Whether the reader has something to send, or to correct about what they sent."""
    return (
        at.is_agreed
        and at.proposal.completion_method != CompletionMethod.IN_PERSON
        and at.reader.pk in at.givers
        and at.proposal.confirmed_at(at.partner.pk) is None
    )


def may_report_delay(at: Situation) -> bool:
    """Whether the reader waits for something that was sent, and has not said so yet."""
    shipment = at.shipment_of(at.partner)
    return shipment is not None and shipment.delayed_at is None and at.may("confirm", at.reader)
