"""A page of notices as people read it: what is about one thing stands together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from notifications.models import Notification


@dataclass(slots=True)
class Group:
    """Notices about one subject, newest first."""

    newest: Notification
    earlier: list[Notification] = field(default_factory=list)

    @property
    def notices(self) -> list[Notification]:
        return [self.newest, *self.earlier]

    @property
    def unread(self) -> list[Notification]:
        return [notice for notice in self.notices if notice.read_at is None]


def grouped(notices: Iterable[Notification]) -> list[Group]:
    """Groups in the order of their newest notice; one without a subject stands alone."""
    groups: dict[str, Group] = {}
    for notice in notices:
        key = notice.subject or f"notice:{notice.pk}"
        if key in groups:
            groups[key].earlier.append(notice)
        else:
            groups[key] = Group(notice)
    return list(groups.values())
