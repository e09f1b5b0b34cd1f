from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The top floor: the commands that use every room."""

    name = "config"
