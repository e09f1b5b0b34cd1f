"""The locks of every verb: both users by id, as everywhere, and the conversation last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from core.clock import clock_offset
from core.prepared import columns_of, made, rows_of_each
from messaging.errors import not_found
from messaging.models import Conversation
from messaging.standing import may_talk

# Here and below: a stranger's call takes no lock and finds nothing.
_PARTIES = f"""
    SELECT {columns_of(User, "u")}
    FROM messaging_conversation c JOIN accounts_user u ON u.id = ANY(ARRAY[user_a_id, user_b_id])
    WHERE c.id = %(conversation)s AND %(by)s IN (user_a_id, user_b_id)
    ORDER BY u.id FOR NO KEY UPDATE OF u
"""  # noqa: S608  (columns of our own)
# Of the locked row itself: what stands beside it in a join is not read again after a wait for the lock.
_NOTICE = """'messages:' || c.id || ':' ||
            CASE WHEN user_a_id = %(by)s THEN b_last_read_seq ELSE a_last_read_seq END"""
# After the people's locks: nobody writes, blocks or unblocks before the commit.
_CONVERSATION = f"""
    SELECT {columns_of(Conversation, "c")}, clock_timestamp() + %(offset)s,
        EXISTS (SELECT FROM accounts_block
            WHERE (blocker_id, blocked_id) IN ((user_a_id, user_b_id), (user_b_id, user_a_id))),
        EXISTS (SELECT FROM account_emailaddress WHERE user_id = %(by)s AND verified),
        (SELECT id FROM messaging_message WHERE sender_id = %(by)s AND client_id = %(client_id)s),
        {_NOTICE}, EXISTS (SELECT FROM notifications_notification told
            WHERE told.user_id = CASE WHEN user_a_id = %(by)s THEN user_b_id ELSE user_a_id END
              AND told.key = {_NOTICE})
    FROM messaging_conversation c
    WHERE c.id = %(conversation)s AND %(by)s IN (user_a_id, user_b_id) FOR NO KEY UPDATE OF c
"""  # noqa: S608  (the same)


@dataclass(frozen=True, slots=True)
class Locked:
    """A conversation with its two people, fresh and locked, and what one message has to know."""

    conversation: Conversation
    by: User
    partner: User
    at: datetime  # when its lock was asked for, the people's being held
    has_block: bool  # one of the two has blocked the other
    is_verified: bool  # an address of `by` is confirmed
    sent_id: int | None  # the message that `by` wrote under this `client_id`
    notice_key: str  # of the partner's one notice, for all that came since they last read
    is_told: bool  # the partner has that notice

    @property
    def is_open(self) -> bool:
        """Whether the two may talk."""
        return may_talk(self.by, self.partner, self.at, self.has_block)


def lock_conversation(conversation_id: int, by: User, client_id: str | None = None) -> Locked:
    """Two queries; MessagingError 404 where it is not `by`'s.

    A block waits for a message under way, and the next message sees the block. What is known here of
    who has read and muted what stays true until the commit.
    """
    values = {
        "conversation": conversation_id,
        "by": by.pk,
        "client_id": client_id,
        "offset": clock_offset(),
    }
    parties, found = rows_of_each([_PARTIES, _CONVERSATION], values)
    if len(parties) < 2 or not found:  # the second may see one that was begun meanwhile
        raise not_found()
    people = {user.pk: user for user in (made(User, row) for row in parties)}
    [(*columns, at, has_block, is_verified, sent_id, notice_key, is_told)] = found
    conversation = made(Conversation, columns)
    conversation.user_a = people[conversation.user_a_id]
    conversation.user_b = people[conversation.user_b_id]
    partner = people[conversation.partner_id_of(by.pk)]
    return Locked(
        conversation, people[by.pk], partner, at, has_block, is_verified, sent_id, notice_key, is_told
    )
