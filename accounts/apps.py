from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import receivers  # noqa: F401  (connects the listeners)
        from accounts.api import schema  # noqa: F401  (tells the schema about tokens)
