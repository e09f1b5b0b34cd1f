"""`/ws/me/` with chat: who writes, types and looks, over the same services as the pages and the API."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from functools import partial
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from accounts.door import Visitor, guest_of
from accounts.models import User
from core.clock import database_now
from core.errors import DomainError
from messaging import presence
from messaging.documents import frame_of
from messaging.errors import not_found
from messaging.frames import MOST_HEADS, InConversation, Sending, Syncing, read
from messaging.models import Conversation, ConversationEventKind
from messaging.services import send_message
from messaging.standing import may_notice
from notifications.consumers import ENDED, LiveConsumer
from notifications.frames import FrameError
from notifications.push import push
from notifications.threads import in_thread
from notifications.together import Together

Frame = dict[str, Any]
log = logging.getLogger(__name__)
_SIDES = ("user_a", "user_b")


class ChatConsumer(LiveConsumer):
    """Each frame is one verb, done in a thread as the visitor, who is asked again every time."""

    takes: ClassVar[dict[str, str]] = {
        **LiveConsumer.takes,
        "send": "on_send",
        "typing": "on_typing",
        "active": "on_active",
    }
    beat: asyncio.TimerHandle | None = None
    looks_at: int | None = None  # the conversation before the visitor's eyes

    async def arrive(self, user: User) -> None:
        if self.visitor and self.visitor.may_chat:
            await in_thread(presence.arrive)(user.pk, self.channel_name)
            self.beat = self.within(presence.BEAT, self.beat_again)

    async def beat_again(self) -> None:
        if self.visitor is not None:
            self.beat = self.within(presence.BEAT, self.beat_again)
            await _beats.ask((self.visitor.user_id, self.channel_name))

    async def leave(self, visitor: Visitor, *, at_once: bool) -> None:
        await super().leave(visitor, at_once=at_once)
        if self.beat is None:
            return
        self.beat.cancel()
        me = visitor.user_id, self.channel_name
        _beats.forget(me)  # or it would come back after it left
        if self.looks_at is not None:
            await in_thread(presence.look_away)(*me, self.looks_at)
        if at_once:
            await in_thread(presence.leave)(*me)
        else:
            await in_thread(presence.fade)(*me)
            self.later(presence.GRACE, partial(in_thread(presence.leave), *me))

    async def heads(self, user: User, frame: Frame) -> dict[str, int]:
        """Of the newest conversations and those that the client names."""
        if self.visitor is None or not self.visitor.may_chat:
            return {}
        return await in_thread(_heads)(user, read(Syncing, frame)["heads"])

    async def on_send(self, frame: Frame) -> None:
        """The event that both get is the receipt; who sends again what is stored gets it again."""
        if stored := await self.do(_send, read(Sending, frame)):
            await self.send_frame(stored)

    async def on_typing(self, frame: Frame) -> None:
        await self.do(_type, read(InConversation, frame))

    async def on_active(self, frame: Frame) -> None:
        """The visitor looks at this conversation, and at no other in this tab."""
        asked = read(InConversation, frame)
        before, self.looks_at = self.looks_at, asked["conversation"]
        if state := await self.do(partial(_look, self.channel_name, before), asked):
            await self.send_frame(state)

    async def do(self, verb: Callable[[User, Frame], Frame | None], asked: Frame) -> Frame | None:
        """`verb` as the visitor; the socket ends where they are not welcome any more."""
        visitor = self.visitor
        if visitor is None:
            return None
        if not visitor.may_chat:
            raise FrameError("insufficient_scope", _("This needs a token with the scope “message”."))
        try:
            is_welcome, answer = await in_thread(_do)(visitor, self.channel_name, verb, asked)
        except DomainError as refusal:
            raise FrameError(refusal.code, refusal.detail) from refusal
        if not is_welcome:
            await self.end(ENDED)
        return answer


def _beat(sockets: Collection[tuple[int, str]]) -> None:
    """Whatever goes wrong with it, chat goes on: nobody's socket ends because they seem to be away."""
    try:
        presence.beat(sockets)
    except Exception:
        log.exception("Sockets could not be kept online")


_beats = Together(_beat)


def _do(
    visitor: Visitor, socket: str, verb: Callable[[User, Frame], Frame | None], asked: Frame
) -> tuple[bool, Frame | None]:
    user = guest_of(visitor)
    if user is None:
        return False, None
    presence.act(user.pk, socket)
    return True, verb(user, asked)


def _send(user: User, asked: Frame) -> Frame | None:
    """The stored event, if this was sent before."""
    message, is_new = send_message(by=user, **asked)
    return None if is_new else frame_of(message.seq, ConversationEventKind.CREATED, message)


def _type(user: User, asked: Frame) -> None:
    """Told to the partner alone, and to nobody without a word where it may not be seen."""
    conversation = _conversation(user, asked)
    if user.shows_typing and may_notice(user, conversation.partner_of(user.pk), database_now()):
        frame = {"type": "typing", "conversation": conversation.pk, "user": user.username}
        push([conversation.partner_id_of(user.pk)], frame, chat=True)


def _look(socket: str, before: int | None, user: User, asked: Frame) -> Frame:
    """The partner's state."""
    conversation = _conversation(user, asked)
    if before is not None and before != conversation.pk:
        presence.look_away(user.pk, socket, before)
    presence.look(user.pk, socket, conversation)
    partner = conversation.partner_of(user.pk)
    return presence.frame_of(partner, presence.states_of(user, [partner])[partner.pk])


def _conversation(user: User, asked: Frame) -> Conversation:
    rows = Conversation.objects.visible_to(user).with_people()
    conversation: Conversation | None = rows.filter(pk=asked["conversation"]).first()
    if conversation is None:
        raise not_found()
    return conversation


def _heads(user: User, named: dict[int, int]) -> dict[str, int]:
    """An empty conversation has nothing to catch up with, and is nobody's but its opener's."""
    rows = Conversation.objects.filter(last_seq__gt=0)
    # Each half by its own index, however many there are.
    halves = [rows.filter(**{side: user}).order_by("-last_message_at")[:MOST_HEADS] for side in _SIDES]
    found = list(halves[0].union(halves[1], all=True).order_by("-last_message_at")[:MOST_HEADS])
    missing = set(named) - {conversation.pk for conversation in found}
    if missing:
        found += rows.visible_to(user).filter(pk__in=missing)
    return {str(conversation.pk): conversation.last_seq for conversation in found}
