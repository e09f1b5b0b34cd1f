"""What a user is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import User


class Category(models.TextChoices):
    TRADES = "trades", _("Trades")
    MATCHES = "matches", _("Matches")
    MESSAGES = "messages", _("Messages")
    REPUTATION = "reputation", _("Reputation")
    SIGNALS = "signals", _("Signals")
    MODERATION = "moderation", _("Moderation")
    ACCOUNT = "account", _("Account")


class NotificationQuerySet(models.QuerySet["Notification"]):
    def of(self, user: User) -> NotificationQuerySet:
        return self.filter(user=user)

    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at=None)


class Notification(models.Model):
    """One line in a user's list. `key` makes telling twice impossible: once per user and key."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    category = models.CharField(max_length=10, choices=Category.choices)
    kind = models.CharField(max_length=40)  # "trade_received": what happened, past tense
    subject = models.CharField(max_length=60, blank=True)  # "trade:41": lines are grouped by it
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    text = models.CharField(max_length=300)  # untranslated, with {actor} and the names in params
    params = models.JSONField(default=dict)
    url = models.CharField(max_length=200)
    key = models.CharField(max_length=100)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="notification_once_per_key"),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notification_list"),
            models.Index(fields=["user"], condition=models.Q(read_at=None), name="notification_unread"),
        ]

    def __str__(self) -> str:
        return self.kind

    @property
    def line(self) -> str:
        """The sentence in the reader's language."""
        actor = self.actor.name if self.actor else _("Somebody")
        return gettext(self.text).format(actor=actor, **self.params)
