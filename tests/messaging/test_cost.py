"""What one message costs, whatever it is and however much was said before."""

import pytest

from messaging.models import Conversation
from messaging.services import send_message
from tests.clients import Api

# A savepoint, its end, both people, the conversation with what is known of it, the message. What was said
# before has a notice, and nothing is told until it is read.
SENDING = 5
POSTING = SENDING + 1  # and the token

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("before", [1, 3])
def test_statements_a_message(chat: Conversation, alice, bob, say, before, django_assert_num_queries) -> None:
    for _ in range(before):
        say(alice), say(bob)
    with django_assert_num_queries(SENDING):
        send_message(
            conversation_id=chat.pk, by=alice, client_id="c", content="One [card] and a link.example"
        )
    api = Api(alice)
    post = f"/conversations/{chat.pk}/messages/"
    api.post(post, {"client_id": "warm", "content": "Hi"})
    with django_assert_num_queries(POSTING):
        api.post(post, {"client_id": "d", "content": "Hi"})
