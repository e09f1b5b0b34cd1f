"""The only writers of photos."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import IO

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.clock import database_now
from core.errors import Fault
from core.rates import Rate, take
from uploads.errors import UploadError
from uploads.images import redraw
from uploads.models import Upload

MOST_BYTES = 5 * 1024 * 1024
KEPT_UNUSED = timedelta(hours=24)
RATE = Rate("photos", 60, 3600)


def keep_photo(*, by: User, file: IO[bytes]) -> Upload:
    """Check a picture, draw it anew and keep that; it is shown to nobody else until something uses it.

    Raises UploadError: 400 broken or over 40 megapixels, 413 over 5 MiB, 415 no still JPEG, PNG or
    WebP, 429 over 60 an hour.
    """
    _refuse_too_many(by)
    photo = redraw(_read(file))
    return _store(by, photo.jpeg, photo.width, photo.height)


def _refuse_too_many(by: User) -> None:
    allowance = take(RATE, str(by.pk))
    if not allowance.allowed:
        raise UploadError(
            "too_many_photos",
            _("At most %(calls)s photos an hour.") % {"calls": RATE.calls},
            429,
            retry_after=max(1, allowance.reset),
        )


def _read(file: IO[bytes]) -> bytes:
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise UploadError("too_large", _("A photo may have 5 MiB at most."), 413)
    return content


@transaction.atomic
def _store(by: User, jpeg: bytes, width: int, height: int) -> Upload:
    upload = Upload(
        owner=by,
        sha256=sha256(jpeg).hexdigest(),
        size=len(jpeg),
        width=width,
        height=height,
        created_at=database_now(),
    )
    upload.file.save("", ContentFile(jpeg), save=True)
    return upload


@transaction.atomic
def use_photo(*, upload_id: int, by: User, use: str) -> Upload:
    """Take one of `by`'s photos for something that shows it; a photo is used once.

    Raises UploadError: 404 for any photo that is not `by`'s, 409 for one in use.
    """
    upload = Upload.objects.select_for_update().filter(pk=upload_id, owner=by).first()
    if upload is None:
        raise UploadError("not_found", _("No such photo."), 404)
    if upload.use:
        detail = _("This photo is in use already. Send it again.")
        raise UploadError("already_used", detail, faults=[Fault("/upload", "already_used", detail)])
    upload.use = use
    upload.save(update_fields=["use"])
    return upload


@transaction.atomic
def forget_unused_photos() -> int:
    """Delete what nothing has used for 24 hours, with its files; returns how many."""
    unused = Upload.objects.unused_since(database_now() - KEPT_UNUSED)
    rows = list(unused.order_by("pk").select_for_update(skip_locked=True)[:1_000])
    Upload.objects.filter(pk__in=[row.pk for row in rows]).delete()
    for row in rows:
        # After the commit: a row without its file would be worse than a file without its row.
        transaction.on_commit(partial(row.file.delete, save=False))
    return len(rows)
