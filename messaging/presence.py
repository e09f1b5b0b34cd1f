"""Who is here, and who looks at what: in Redis with an expiry, so a killed process takes its people along.

Sockets and looks are sorted sets whose scores are the Unix times when each ends. Only partners are
ever told, and only what `states_of` would tell them. Without Redis everybody is offline.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable
from typing import Any

import redis
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User, UserQuerySet
from core.clock import database_clock
from core.redis import connection
from messaging.models import Conversation
from notifications.push import push

log = logging.getLogger(__name__)

BEAT = 30.0  # seconds between two beats of an open socket, at most
OFFLINE_AFTER = 110  # seconds without a beat
IDLE_AFTER = 300  # seconds without a frame that a person's doing sent
LOOKING = 45.0  # seconds that a look lasts; clients renew it every 30
GRACE = 5.0  # seconds in which whoever went may be back, with the next page


class State(models.TextChoices):
    ONLINE = "online", _("online")
    IDLE = "idle", _("idle")
    OFFLINE = "offline", _("offline")


def arrive(user_id: int, socket: str) -> None:
    """A socket opened, which is a sign of life."""
    _change(user_id, lambda pipe: _live(pipe, user_id, socket, OFFLINE_AFTER))


def beat(sockets: Iterable[tuple[int, str]]) -> None:
    """They are still open: (user id, socket) each, told in one call."""

    def ask(pipe: Any) -> None:
        for user_id, socket in sockets:
            _stay(pipe, user_id, socket, OFFLINE_AFTER)

    _run(ask)


def act(user_id: int, socket: str) -> None:
    """The person did something."""
    _change(user_id, lambda pipe: _live(pipe, user_id, socket, OFFLINE_AFTER))


def fade(user_id: int, socket: str) -> None:
    """The client went; if nothing of the user's comes within GRACE, they have left."""
    # Kept beyond it: `leave` tells whoever watches only if it finds that they were still here.
    _run(lambda pipe: _stay(pipe, user_id, socket, 2 * GRACE))


def leave(user_id: int, socket: str) -> None:
    """The socket was ended, or its grace is over."""
    _change(user_id, lambda pipe: pipe.zrem(_sockets(user_id), socket))


def look(user_id: int, socket: str, conversation: Conversation) -> None:
    """The user looks at `conversation` now: until LOOKING is over, or they look away."""
    ends, watchers = time.time() + LOOKING, _watchers(conversation.partner_id_of(user_id))

    def ask(pipe: Any) -> None:
        _stay_in(pipe, _looks(user_id, conversation.pk), socket, ends)
        _stay_in(pipe, watchers, str(user_id), ends)

    _run(ask)


def look_away(user_id: int, socket: str, conversation_id: int) -> None:
    _run(lambda pipe: pipe.zrem(_looks(user_id, conversation_id), socket))


def is_looking(user_id: int, conversation_id: int) -> bool:
    """Whether the user has the conversation before their eyes in one of their tabs."""
    found = _run(lambda pipe: pipe.zcount(_looks(user_id, conversation_id), time.time(), "+inf"))
    return bool(found and found[0])


def states_of(viewer: User, users: Iterable[User]) -> dict[int, State]:
    """What `viewer` may know of each, by id: one query and one call, however many.

    Offline are also all who hide it, who share no conversation with `viewer`, and the two of a block.
    Everybody's state is asked for, so that time tells nothing either.
    """
    ids = [user.pk for user in users]
    shown = set(_partners(viewer, ids).filter(shows_presence=True).values_list("pk", flat=True))
    states = _states(ids)
    return {pk: states[pk] if pk in shown else State.OFFLINE for pk in ids}


def part(one: User, other: User) -> None:
    """A block came between the two: whoever watches the other sees them go."""
    for viewer, gone in [(one, other), (other, one)]:
        is_seen = gone.shows_presence and _states([gone.pk])[gone.pk] != State.OFFLINE
        if is_seen and viewer.pk in _watching(gone.pk):
            _show({viewer.pk}, gone, State.OFFLINE)


def _partners(user: User, ids: Collection[int]) -> UserQuerySet:
    """Those of `ids` who have a conversation with `user`, are here, and no block stands between."""
    shared = Conversation.objects.filter(Q(user_a=user) | Q(user_b=user)).filter(
        Q(user_a=OuterRef("pk")) | Q(user_b=OuterRef("pk"))
    )
    is_free = Q(suspended_until=None) | Q(suspended_until__lte=database_clock())
    return User.objects.visible_to(user).filter(is_free, Exists(shared), pk__in=ids).exclude(pk=user.pk)


def _change(user_id: int, ask: Callable[[Any], object]) -> None:
    """Do what `ask` says, and tell who watches if the user's state is another by it."""

    def compared(pipe: Any) -> None:
        _ask_state(pipe, user_id)
        ask(pipe)
        _ask_state(pipe, user_id)

    answers = _run(compared)
    if answers and (after := _state(*answers[-2:])) != _state(*answers[:2]):
        _tell(user_id, after)


def _tell(user_id: int, state: State) -> None:
    if (watching := _watching(user_id)) and (user := User.objects.filter(pk=user_id).first()):
        told = _partners(user, watching) if user.shows_presence else User.objects.none()
        _show(set(told.values_list("pk", flat=True)), user, state)


def _show(viewer_ids: Collection[int], user: User, state: State) -> None:
    push(viewer_ids, frame_of(user, state), chat=True)


def frame_of(user: User, state: State) -> dict[str, Any]:
    return {"type": "presence", "user": user.username, "state": state.value}


def _states(user_ids: list[int]) -> dict[int, State]:
    def ask(pipe: Any) -> None:
        for pk in user_ids:
            _ask_state(pipe, pk)

    answers = _run(ask) or [0] * 2 * len(user_ids)
    return {pk: _state(*answers[2 * n : 2 * n + 2]) for n, pk in enumerate(user_ids)}


def _watching(user_id: int) -> set[int]:
    answers = _run(lambda pipe: pipe.zrange(_watchers(user_id), time.time(), "+inf", byscore=True))
    return {int(pk) for pk in answers[0]} if answers else set()


def _ask_state(pipe: Any, user_id: int) -> None:
    pipe.zcount(_sockets(user_id), time.time(), "+inf")
    pipe.exists(_activity(user_id))


def _state(sockets: int, is_active: int) -> State:
    if not sockets:
        return State.OFFLINE
    return State.ONLINE if is_active else State.IDLE


def _live(pipe: Any, user_id: int, socket: str, seconds: float) -> None:
    _stay(pipe, user_id, socket, seconds)
    pipe.set(_activity(user_id), 1, ex=IDLE_AFTER)


def _stay(pipe: Any, user_id: int, socket: str, seconds: float) -> None:
    _stay_in(pipe, _sockets(user_id), socket, time.time() + seconds)


def _stay_in(pipe: Any, key: str, member: str, ends: float) -> None:
    """`member` is in the set until `ends`; those whose time is over leave it."""
    pipe.zremrangebyscore(key, "-inf", time.time())
    pipe.zadd(key, {member: ends})
    pipe.expire(key, OFFLINE_AFTER)  # of the last that is added, at least


def _sockets(user_id: int) -> str:
    return f"presence:{user_id}:sockets"


def _activity(user_id: int) -> str:
    return f"presence:{user_id}:activity"


def _watchers(user_id: int) -> str:
    return f"presence:{user_id}:watchers"


def _looks(user_id: int, conversation_id: int) -> str:
    return f"presence:{user_id}:looks:{conversation_id}"


def _run(ask: Callable[[Any], object]) -> list[Any] | None:
    """What Redis answers to the commands of `ask`, all in one go; None where it is away."""
    try:
        with connection().pipeline() as pipe:
            ask(pipe)
            answers: list[Any] = pipe.execute()
            return answers
    except redis.RedisError as error:
        log.warning("Nobody is seen while Redis is away: %s", error)
        return None
