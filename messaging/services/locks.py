"""The locks of every verb: both users by id, as everywhere, then the conversation."""

from __future__ import annotations

from accounts.models import User
from messaging.errors import not_found
from messaging.models import Conversation

# A stranger's call takes no lock and finds nothing.
_PARTIES = """
    SELECT * FROM accounts_user
    WHERE id IN (
        SELECT unnest(ARRAY[user_a_id, user_b_id]) FROM messaging_conversation
        WHERE id = %(conversation)s AND %(by)s IN (user_a_id, user_b_id)
    )
    ORDER BY id FOR NO KEY UPDATE
"""


def lock_conversation(conversation_id: int, by: User) -> Conversation:
    """The conversation with its two people, fresh and locked; MessagingError 404 where it is not `by`'s.

    Whoever writes into it holds both people's rows, so this one needs no lock of its own before the
    statement that takes the next number. A block waits for a message under way, and the next message
    sees the block.
    """
    found = User.objects.raw(_PARTIES, {"conversation": conversation_id, "by": by.pk})
    people = {user.pk: user for user in found}
    conversation = Conversation.objects.filter(pk=conversation_id).first() if len(people) == 2 else None
    if conversation is None:
        raise not_found()
    conversation.user_a = people[conversation.user_a_id]
    conversation.user_b = people[conversation.user_b_id]
    return conversation
