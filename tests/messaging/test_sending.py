"""Writing to each other: one number each, one notice, and nothing twice."""

import pytest

from accounts.models import User
from messaging.models import Conversation, ConversationEvent, Message
from messaging.services import (
    delete_message,
    edit_message,
    mark_read,
    send_message,
)
from notifications.models import Notification
from trades.models import TradeProposal

pytestmark = pytest.mark.django_db


def test_a_message_is_numbered_and_told_once(chat: Conversation, alice: User, bob: User) -> None:
    for number in range(1, 4):
        message, is_new = send_message(
            conversation_id=chat.pk, by=alice, client_id=f"c{number}", content=f"Hello {number}"
        )
        assert (message.seq, is_new) == (number, True)
    again, is_new = send_message(conversation_id=chat.pk, by=alice, client_id="c2", content="Hello 2")
    assert (again.seq, is_new) == (2, False)
    chat.refresh_from_db()
    assert (chat.last_seq, chat.preview, chat.is_unread_by(bob.pk)) == (3, "Hello 3", True)
    assert list(ConversationEvent.objects.values_list("seq", "kind")) == [(n, "created") for n in (1, 2, 3)]
    assert Notification.objects.of(bob).count() == 1
    mark_read(conversation_id=chat.pk, by=bob, seq=3)
    assert not Notification.objects.of(bob).unread().exists()
    edit_message(message_id=again.pk, by=alice, content="Hello two")
    delete_message(message_id=Message.objects.get(seq=3).pk, by=alice)
    chat.refresh_from_db()
    assert (chat.last_seq, chat.preview, chat.a_last_sent_seq) == (5, "Hello two", 2)


def test_an_offer_opens_the_conversation(offer: TradeProposal) -> None:
    conversation = Conversation.objects.get()
    assert (conversation.trade_proposal, conversation.last_seq) == (offer, 1)
    [line] = Message.objects.all()
    assert (line.sender, line.trade_event.kind) == (None, "sent")
