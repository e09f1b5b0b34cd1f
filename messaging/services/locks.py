"""The locks of every verb: both users by id, as everywhere, and the conversation last."""

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

    A block waits for a message under way, and the next message sees the block. What is known here of
    who has read and muted what stays true until the commit.
    """
    found = User.objects.raw(_PARTIES, {"conversation": conversation_id, "by": by.pk})
    people = {user.pk: user for user in found}
    if len(people) < 2:
        raise not_found()
    conversation: Conversation = Conversation.objects.select_for_update(no_key=True).get(pk=conversation_id)
    conversation.user_a = people[conversation.user_a_id]
    conversation.user_b = people[conversation.user_b_id]
    return conversation
