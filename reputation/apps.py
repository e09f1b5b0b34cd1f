from django.apps import AppConfig


class ReputationConfig(AppConfig):
    name = "reputation"

    def ready(self) -> None:
        from reputation import receivers  # noqa: F401  (connects the listeners)
