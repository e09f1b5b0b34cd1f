from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SignalsBridgeConfig(AppConfig):
    name = "signals_bridge"
    verbose_name = _("Signals")

    def ready(self) -> None:
        from signals_bridge import receivers  # noqa: F401  (connects the listeners)
