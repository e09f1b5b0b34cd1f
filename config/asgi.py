"""Everything under `bin/run`; in production only `/ws/`."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DB_POOL", "1")

from django.core.asgi import get_asgi_application

pages = get_asgi_application()

# After the line above: these import models, which need Django to be set up.
from channels.routing import ProtocolTypeRouter  # noqa: E402

from config.live import live  # noqa: E402
from config.tuning import tune  # noqa: E402
from notifications.push import warm  # noqa: E402

application = ProtocolTypeRouter({"http": pages, "websocket": live})
warm()
tune()
