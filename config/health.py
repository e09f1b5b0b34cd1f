"""What operators and their tools ask: does it live, is it ready, what does it count."""

from ipaddress import ip_address, ip_network

import redis
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all; asks nobody else, so a lost database restarts no process."""
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 if PostgreSQL and Redis answer, 503 with the one that does not."""
    stores = {"postgresql": _postgresql_answers(), "redis": _redis_answers()}
    ready = all(stores.values())
    return JsonResponse({"status": "ready" if ready else "not ready", **stores}, status=200 if ready else 503)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' counters, for addresses in METRICS_NETWORKS; a 404 for the rest of the world."""
    if not _is_internal(request):
        raise Http404
    counters: HttpResponse = ExportToDjangoView(request)
    return counters


def _postgresql_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _redis_answers() -> bool:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def _is_internal(request: HttpRequest) -> bool:
    if "X-Forwarded-For" in request.headers and not settings.TRUSTED_PROXIES:
        return False  # it came through a proxy that nobody told us of: the address is not the asker's
    address = ip_address(get_adapter().get_client_ip(request))
    return any(address in ip_network(network) for network in settings.METRICS_NETWORKS)
