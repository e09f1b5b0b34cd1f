from django.apps import AppConfig


class TradesConfig(AppConfig):
    name = "trades"

    def ready(self) -> None:
        from trades import receivers  # noqa: F401  (connects the listeners)
