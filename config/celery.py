"""The Celery application: `celery -A config …`."""

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("tradepost")
app.config_from_object("django.conf:settings", namespace="CELERY")
# RedBeat warns at every start unless it finds these two without the namespace.
app.conf.update(redbeat_redis_url=settings.REDIS_URL, redbeat_redis_options={})
app.autodiscover_tasks()
