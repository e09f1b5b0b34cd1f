"""The locks of every verb: both users by id, as everywhere, and the conversation last."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from core.clock import clock_offset
from messaging.errors import not_found
from messaging.models import Conversation
from messaging.standing import may_talk

# A stranger's call takes no lock and finds nothing.
_PARTIES = """
    SELECT * FROM accounts_user
    WHERE id IN (
        SELECT unnest(ARRAY[user_a_id, user_b_id]) FROM messaging_conversation
        WHERE id = %(conversation)s AND %(by)s IN (user_a_id, user_b_id)
    )
    ORDER BY id FOR NO KEY UPDATE
"""
# After the people's locks: nobody writes, blocks or unblocks before the commit.
_CONVERSATION = """
    SELECT c.*, clock_timestamp() + %(offset)s AS locked_at,
        EXISTS (SELECT FROM accounts_block
            WHERE (blocker_id, blocked_id) IN ((user_a_id, user_b_id), (user_b_id, user_a_id))) AS has_block
    FROM messaging_conversation c WHERE id = %(conversation)s FOR NO KEY UPDATE
"""


def lock_conversation(conversation_id: int, by: User) -> Conversation:
    """The conversation with its two people, fresh and locked; MessagingError 404 where it is not `by`'s.

    It brings along `locked_at`, the time, and `has_block`: whether one of the two has blocked the other.
    Plain SQL, as every message waits for it. A block waits for a message under way, and the next
    message sees the block. What is known here of who has read and muted what stays true until the
    commit.
    """
    found = User.objects.raw(_PARTIES, {"conversation": conversation_id, "by": by.pk})
    people = {user.pk: user for user in found}
    if len(people) < 2:
        raise not_found()
    values = {"conversation": conversation_id, "offset": clock_offset()}
    [conversation] = Conversation.objects.raw(_CONVERSATION, values)
    conversation.user_a = people[conversation.user_a_id]
    conversation.user_b = people[conversation.user_b_id]
    return conversation


def is_open(locked: Any) -> bool:
    """Whether the two of a conversation from `lock_conversation` may talk: by what came along with it."""
    return may_talk(locked.user_a, locked.user_b, locked.locked_at, locked.has_block)
