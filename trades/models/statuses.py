"""Where a proposal stands, and how its cards change hands."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    DRAFT = "draft", _("draft")
    PENDING = "pending", _("pending")
    VIEWED = "viewed", _("viewed")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    COUNTERED = "countered", _("countered")
    CANCELLED = "cancelled", _("cancelled")
    EXPIRED = "expired", _("expired")
    COMPLETED = "completed", _("completed")


OPEN = [Status.PENDING, Status.VIEWED]
LIVE = [*OPEN, Status.ACCEPTED]
CLOSED = [Status.DECLINED, Status.COUNTERED, Status.CANCELLED, Status.EXPIRED, Status.COMPLETED]


class CompletionMethod(models.TextChoices):
    MAIL = "mail", _("by mail")
    IN_PERSON = "in_person", _("in person")
    OTHER = "other", _("another way")
