"""What moderators did, for ever."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

LONGEST_REASON = 500


class ActionKind(models.TextChoices):
    HIDE_REVIEW = "hide_review", _("hid a review")
    UNHIDE_REVIEW = "unhide_review", _("brought a review back")


class TargetType(models.TextChoices):
    REVIEW = "review", _("review")


class ModerationAction(models.Model):
    """One act of one moderator, with its reason. Append-only: a trigger refuses UPDATE and DELETE."""

    kind = models.CharField(_("what"), max_length=20, choices=ActionKind.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="moderation_actions",
        verbose_name=_("moderator"),
    )
    # Whom it concerns: the author of what was hidden.
    concerns = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("concerns")
    )
    target_type = models.CharField(_("target"), max_length=10, choices=TargetType.choices)
    target_id = models.PositiveBigIntegerField(_("number"))
    reason = models.CharField(_("reason"), max_length=LONGEST_REASON)
    created_at = models.DateTimeField(_("when"))

    class Meta:
        permissions = [("hide_review", _("Can hide reviews and bring them back"))]
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="moderation_with_reason"),
        ]
        indexes = [models.Index(fields=["target_type", "target_id"], name="moderation_of_target")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.target_type} {self.target_id})"
