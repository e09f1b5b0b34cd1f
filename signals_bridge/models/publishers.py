"""Who makes market calls, and under which names."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User

LONGEST_NAME = 60  # as reputation's SignalOutcome keeps it
PERSONAL = "trader-"  # what the names of traders' own sources begin with; nobody can register one


class Publisher(models.Model):
    """An account that makes market calls: by import, if it was given that right, or as a trader."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="publisher", verbose_name=_("account")
    )
    may_import = models.BooleanField(
        _("may import"), default=False, help_text=_("by the API, under sources of its own")
    )
    created_at = models.DateTimeField(_("since"))

    objects: ClassVar[Any] = models.Manager()

    def __str__(self) -> str:
        return self.user.username


class SourceQuerySet(models.QuerySet["Source"]):
    def hidden_from(self, viewer: Any) -> SourceQuerySet:
        """Traders' own sources whose trader `viewer` may not know of: a block either way, banned, gone.

        Imported sources are market data and never hidden.
        """
        known = User.objects.visible_to(viewer).values("pk")
        return self.filter(is_personal=True).exclude(publisher__user__in=known)


class Source(models.Model):
    """The name that calls stand under; it belongs to one publisher.

    `publisher` is null for what the site's operators import from files. `is_personal` marks the one
    source of a trader who publishes on their own: its name is `trader-<user id>`, people read the trader's.
    """

    name = models.CharField(_("name"), max_length=LONGEST_NAME, unique=True)
    publisher = models.ForeignKey(
        Publisher, models.PROTECT, null=True, blank=True, related_name="sources", verbose_name=_("publisher")
    )
    is_personal = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(_("since"))

    objects: ClassVar[Any] = SourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(name__regex=r"^[a-z0-9][a-z0-9._-]*$"), name="signal_source_name"
            ),
            models.CheckConstraint(
                condition=Q(is_personal=True, publisher__isnull=False, name__startswith=PERSONAL)
                | (Q(is_personal=False) & ~Q(name__startswith=PERSONAL)),
                name="signal_source_personal_name",
            ),
            models.UniqueConstraint(
                fields=["publisher"], condition=Q(is_personal=True), name="signal_source_one_personal"
            ),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """What people read; `select_related("publisher__user")` spares the queries."""
        return self.publisher.user.name if self.is_personal and self.publisher else self.name
