from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ModerationConfig(AppConfig):
    name = "moderation"

    def ready(self) -> None:
        post_migrate.connect(_grant_moderators, sender=self)


def _grant_moderators(sender: Any, **kwargs: Any) -> None:
    """After the permissions themselves: this room is the last to be migrated."""
    from moderation.services import grant_moderators

    grant_moderators()
