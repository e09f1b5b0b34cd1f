"""Who may see a photo. The rooms above say so for what they show; this one knows none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from accounts.models import Scope, User
from uploads.models import Upload

Permission = Callable[[User, Upload], bool]


@dataclass(frozen=True, slots=True)
class Room:
    may_see: Permission
    scope: Scope  # what a program's token needs besides


_rooms: dict[str, Room] = {}


def shows_photos(use: str, scope: Scope = Scope.READ) -> Callable[[Permission], Permission]:
    """Decorates a room's answer to "may this user see this photo of yours?"; `use` is `Upload.use`."""

    def register(may_see: Permission) -> Permission:
        _rooms[use] = Room(may_see, scope)
        return may_see

    return register


def may_see(user: User, upload: Upload) -> bool:
    """The owner always, others if the room that shows it says so."""
    if upload.owner_id == user.pk:
        return True
    room = _rooms.get(upload.use)
    return room is not None and room.may_see(user, upload)


def scope_of(upload: Upload) -> Scope:
    """The scope with which a program may fetch it."""
    room = _rooms.get(upload.use)
    return room.scope if room else Scope.READ
