from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The top floor: the commands that use every room, and the Celery application."""

    name = "config"

    def ready(self) -> None:
        from config import celery  # noqa: F401  (makes it the one that `shared_task` belongs to)
