"""Who may import, and whose a source is."""

from __future__ import annotations

import re

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.clock import database_now
from core.errors import Fault
from signals_bridge.errors import SignalError
from signals_bridge.models import Publisher, Source
from signals_bridge.models.publishers import LONGEST_NAME, PERSONAL

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


@transaction.atomic
def register_publisher(*, user: User) -> Publisher:
    """Give an account the right to import; again it changes nothing. For those who run the site."""
    publisher = publisher_of(user)
    if not publisher.may_import:
        publisher.may_import = True
        publisher.save(update_fields=["may_import"])
    return publisher


@transaction.atomic
def withdraw_publisher(*, user: User) -> None:
    """Take the right to import back; what was imported stays. For those who run the site."""
    Publisher.objects.filter(user=user).update(may_import=False)


@transaction.atomic
def register_source(*, name: str, publisher: Publisher | None) -> Source:
    """A source for `publisher`, or with None one that only the site's operators import into.

    Again for the same owner it changes nothing. SignalError: 400 for a name that cannot be one, 409
    for somebody else's.
    """
    check_source_name(name)
    source, _is_new = Source.objects.get_or_create(
        name=name, defaults={"publisher": publisher, "created_at": database_now()}
    )
    if source.publisher_id != (publisher and publisher.pk):
        raise SignalError("source_taken", _("This source belongs to somebody else."))
    return source


@transaction.atomic
def give_source(*, source: Source, publisher: Publisher) -> Source:
    """Let a source that only the operators imported into belong to `publisher`; again changes nothing.

    For those who run the site. SignalError 409 for somebody's source.
    """
    found: Source = Source.objects.select_for_update(no_key=True).get(pk=source.pk)
    if found.publisher_id not in (None, publisher.pk):
        raise SignalError("source_taken", _("This source belongs to somebody else."))
    found.publisher = publisher
    found.save(update_fields=["publisher"])
    return found


def check_source_name(name: str) -> None:
    """Raise SignalError 400 unless `name` can be registered: a word of a–z, 0–9, ".", "_" and "-"."""
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name) or name.startswith(PERSONAL):
        detail = _("A source is a short word of a–z, 0–9, “.”, “_” and “-”, not beginning with “trader-”.")
        raise SignalError(
            "source_invalid", detail, status=400, faults=[Fault("/source", "source_invalid", detail)]
        )


def publisher_of(user: User) -> Publisher:
    """The publisher that `user` is or becomes; whether it may import is another question."""
    publisher: Publisher
    publisher, _is_new = Publisher.objects.get_or_create(user=user, defaults={"created_at": database_now()})
    return publisher


def personal_source_of(user: User) -> Source:
    """The one source that `user`'s own calls stand under."""
    source, _is_new = Source.objects.get_or_create(
        name=f"{PERSONAL}{user.pk}",
        defaults={"publisher": publisher_of(user), "is_personal": True, "created_at": database_now()},
    )
    return source
