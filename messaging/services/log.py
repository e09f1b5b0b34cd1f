"""The next number of a conversation, and what stands under it: message and event in one statement."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from core.clock import clock_offset
from core.prepared import columns_of, made, rows_of
from messaging.documents import frame_of
from messaging.models import Conversation, ConversationEventKind, Message
from notifications.push import push

# A new line brings the conversation back for whoever had put it away.
_WRITE = f"""
    WITH numbered AS (
        UPDATE messaging_conversation SET last_seq = last_seq + 1,
            last_message_at = clock_timestamp() + %(offset)s, preview = %(preview)s,
            a_last_sent_seq = CASE WHEN user_a_id = %(sender)s THEN last_seq + 1 ELSE a_last_sent_seq END,
            b_last_sent_seq = CASE WHEN user_b_id = %(sender)s THEN last_seq + 1 ELSE b_last_sent_seq END,
            a_archived = false, b_archived = false
        WHERE id = %(conversation)s
        RETURNING id, last_seq, last_message_at
    ), written AS (
        INSERT INTO messaging_message
            (conversation_id, seq, sender_id, client_id, content, attachment_type, attachment_id, created_at)
        SELECT id, last_seq, %(sender)s, %(client_id)s, %(content)s, %(attachment_type)s,
            %(attachment_id)s::bigint, last_message_at
        FROM numbered RETURNING *
    ), logged AS (
        INSERT INTO messaging_conversationevent (conversation_id, seq, kind, message_id, created_at)
        SELECT conversation_id, seq, 'created', id, created_at FROM written
    )
    SELECT {columns_of(Message, "written")} FROM written
"""  # noqa: S608  (columns of our own)


def write(conversation: Conversation, sender: User, preview: str, **columns: Any) -> Message:
    """Append a message of `sender`; `columns` are client_id, content, attachment_type, attachment_id."""
    values = {
        **columns,
        "conversation": conversation.pk,
        "sender": sender.pk,
        "preview": preview,
        "offset": clock_offset(),
    }
    [row] = rows_of(_WRITE, values)
    message = made(Message, row)
    message.conversation, message.sender = conversation, sender
    return message


_NUMBER = """
    WITH numbered AS (
        UPDATE messaging_conversation SET last_seq = last_seq + 1 WHERE id = %(conversation)s
        RETURNING id, last_seq
    )
    INSERT INTO messaging_conversationevent (conversation_id, seq, kind, message_id, created_at)
    SELECT id, last_seq, %(kind)s, %(message)s, clock_timestamp() + %(offset)s FROM numbered
    RETURNING seq
"""


def log_change(message: Message, kind: ConversationEventKind) -> int:
    """The number of a change to `message`, which is saved already, in the log of its locked conversation."""
    values = {
        "conversation": message.conversation_id,
        "kind": kind.value,
        "message": message.pk,
        "offset": clock_offset(),
    }
    [(seq,)] = rows_of(_NUMBER, values)
    return int(seq)


def publish(seq: int, kind: ConversationEventKind, message: Message, *, to_both: bool = True) -> None:
    """Tell open sockets after the commit; not the partner where the two may not talk any more."""
    sender = message.sender_id
    audience = message.conversation.party_ids if to_both or sender is None else [sender]
    push(audience, frame_of(seq, kind, message), chat=True)
