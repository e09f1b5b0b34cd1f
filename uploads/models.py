"""Photos: checked, drawn anew, and shown to the right people only."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q


def random_name(upload: Upload, filename: str) -> str:
    """A path that tells nothing and cannot be guessed; what the sender called the file is forgotten."""
    name = uuid4().hex
    return f"photos/{name[:2]}/{name}.jpg"


class UploadQuerySet(models.QuerySet["Upload"]):
    def unused_since(self, moment: datetime) -> UploadQuerySet:
        return self.filter(use="", created_at__lte=moment)


class Upload(models.Model):
    """One photo as we drew it: a JPEG of at most 2048 pixels a side, without anything hidden in it."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="uploads")
    # Which kind of thing shows it, as registered in uploads.rooms; "": nothing does yet.
    use = models.CharField(max_length=20, blank=True)
    file = models.FileField(upload_to=random_name)
    sha256 = models.CharField(max_length=64)  # of the stored file, in hex
    size = models.PositiveIntegerField()  # bytes
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField()

    objects: ClassVar[UploadQuerySet] = UploadQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [models.Index(fields=["created_at"], condition=Q(use=""), name="upload_unused")]

    def __str__(self) -> str:
        return f"photo {self.pk}"

    def get_absolute_url(self) -> str:
        return f"/api/v1/uploads/{self.pk}/"
