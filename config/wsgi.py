"""HTTP in production, served by granian."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# After the line above: it imports models, which need Django to be set up.
from config.tuning import tune  # noqa: E402
from notifications.push import warm  # noqa: E402

warm()
tune()
