"""The one way out to open sockets, for every process. It alone knows the socket groups.

A frame is a hint: the database is the log. So a frame that cannot be published is logged and
forgotten, and nothing is sent before the transaction that it tells of has committed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import orjson
import redis
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction
from django.db.models import Count

from core.redis import connection
from notifications.models import Notification

log = logging.getLogger(__name__)


FEW = 100  # users whose sockets are asked for one by one


def group_of(user_id: int | str) -> str:
    """The socket group of one user: all their open tabs and programs."""
    return f"user.{user_id}"


def _channel_of(user_id: int | str) -> str:
    """The Redis channel of that group, as the pub/sub layer names it; the layer says so only in a loop."""
    return f"{settings.LIVE_PREFIX}__group__{group_of(user_id)}"


Frame = Mapping[str, Any]


def push(user_ids: Collection[int], frame: Frame, *, chat: bool = False) -> None:
    """Send `frame` to every open socket of the users, once the running transaction has committed.

    `chat`: not to the sockets of programs whose token lacks that scope.
    """
    transaction.on_commit(partial(_publish, [(user_ids, _relay(frame, chat))]))


def push_many(frames: Sequence[tuple[Collection[int], Callable[[], Frame]]], *, chat: bool = False) -> None:
    """The same for a batch: (user ids, what makes their frame) each; only who is here costs anything."""
    transaction.on_commit(partial(_publish_to_present, frames, chat))


def _publish_to_present(frames: Sequence[tuple[Collection[int], Callable[[], Frame]]], chat: bool) -> None:
    here = _present({pk for user_ids, _make in frames for pk in user_ids})
    wanted = [(here.intersection(user_ids), make) for user_ids, make in frames] if here else []
    _publish([(user_ids, _relay(make(), chat)) for user_ids, make in wanted if user_ids])


def _relay(frame: Frame, chat: bool = False) -> dict[str, Any]:
    """What consumers get: the text is ready for the wire, and whom it is for is said beside it."""
    return {"type": "relay", "text": orjson.dumps(frame).decode(), "chat": chat}


def end_sockets(user_id: int, *, session_key: str | None = None, token_id: int | None = None) -> None:
    """Close the user's sockets at once (4403): all, or those of one session or token, after the commit."""
    ending = {"type": "ending", "session_key": session_key, "token_id": token_id}
    transaction.on_commit(partial(_publish, [({user_id}, ending)]))


def announce(created: Mapping[int, int]) -> None:
    """Tell open sockets of new notifications (user ids by notification id), after the commit."""
    if created:
        transaction.on_commit(partial(_announce, created))


def _announce(created: Mapping[int, int]) -> None:
    """Two queries for those who are here, however many were told; none if nobody is."""
    here = _present(set(created.values()))
    if not here:
        return
    unread = Notification.objects.unread().filter(user__in=here).values_list("user").annotate(Count("pk"))
    counts = dict(unread.order_by())
    ids = [pk for pk, user_id in created.items() if user_id in here]
    lines = Notification.objects.filter(pk__in=ids).select_related("actor").order_by("pk")
    _publish([({line.user_id}, _relay(_frame_of(line, counts.get(line.user_id, 0)))) for line in lines])


def _frame_of(line: Notification, unread: int) -> Frame:
    return {
        "type": "notification",
        "id": line.pk,
        "kind": line.kind,
        "text": line.line,
        "url": line.url,
        "unread": unread,
    }


def _present(user_ids: Collection[int]) -> set[int]:
    """Those of the users who have a socket open somewhere."""
    try:
        return _asked_for(user_ids) if len(user_ids) <= FEW else _everybody_here() & set(user_ids)
    except redis.RedisError as error:
        log.warning("Live notices were lost while Redis is away: %s", error)
        return set()


def _asked_for(user_ids: Collection[int]) -> set[int]:
    channels = {_channel_of(pk).encode(): pk for pk in user_ids}
    found: Any = connection().pubsub_numsub(*channels)
    return {channels[channel] for channel, count in found if count}


def _everybody_here() -> set[int]:
    """For a batch: fewer are here than were told."""
    start = _channel_of("").encode()
    here: Any = connection().pubsub_channels(f"{_channel_of('')}*")
    return {int(channel.removeprefix(start)) for channel in here}


def warm() -> None:
    """Meet the layer and Redis when a process starts: the first frame of somebody must not wait for it."""
    _publish([])
    with suppress(redis.RedisError):
        connection().ping()


def _publish(messages: Sequence[tuple[Collection[int], dict[str, Any]]]) -> None:
    """Plain PUBLISH over pooled connections: `group_send` from a thread costs a loop hop and a connection."""
    layer = get_channel_layer()
    try:
        with connection().pipeline(transaction=False) as pipe:
            for user_ids, message in messages:
                packed = layer.serialize(message)
                for user_id in user_ids:
                    pipe.publish(_channel_of(user_id), packed)
            pipe.execute()
    except redis.RedisError as error:
        log.warning("A live frame was lost while Redis is away: %s", error)
