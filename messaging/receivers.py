"""What chat does when something happens in the rooms below, or is asked there."""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver

from accounts.models import Scope, User
from accounts.signals import user_blocked
from messaging.models import Attachment, Conversation, Message
from messaging.presence import part
from messaging.services import follow_trade, follow_trades
from messaging.services.sending import PHOTO_USE
from trades.models import EventKind, TradeEvent, TradeProposal
from trades.signals import trade_event_recorded, trade_events_recorded
from uploads.models import Upload
from uploads.rooms import shows_photos


@receiver(trade_event_recorded)
def tell_of_trade(sender: Any, event: TradeEvent, proposal: TradeProposal, **kwargs: Any) -> None:
    follow_trade(event=event, proposal=proposal)


@receiver(trade_events_recorded)
def tell_of_trades(sender: Any, kind: EventKind, proposal_ids: Sequence[int], **kwargs: Any) -> None:
    follow_trades(kind=kind, proposal_ids=proposal_ids)


@receiver(user_blocked)
def see_each_other_go(sender: Any, blocker: User, blocked: User, **kwargs: Any) -> None:
    part(blocker, blocked)


@shows_photos(PHOTO_USE, Scope.MESSAGE)
def may_see_photo(user: User, upload: Upload) -> bool:
    """The two of the conversation while the message stands, and whoever reviews those of others."""
    message = Message.objects.filter(attachment_type=Attachment.IMAGE, attachment_id=upload.pk).first()
    if message is None:
        return False
    if Conversation.objects.visible_to(user).filter(pk=message.conversation_id).exists():
        return message.deleted_at is None
    return user.has_perm("messaging.view_message")
