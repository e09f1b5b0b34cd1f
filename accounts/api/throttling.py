"""The API's general limit: per user where somebody is known, per address else."""

from __future__ import annotations

from ipaddress import IPv6Network, ip_address
from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from core.rates import Allowance, Rate, take

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports this module while it is made


def user_rate() -> Rate:
    return Rate("user", settings.API_CALLS_PER_MINUTE, 60)


def address_rate() -> Rate:
    return Rate("address", settings.API_CALLS_PER_MINUTE_AND_ADDRESS, 60)


class RateLimit(BaseThrottle):
    """Leaves its allowance on the request: the answer tells it in `RateLimit` headers."""

    allowance: Allowance

    def allow_request(self, request: Request, view: APIView) -> bool:
        if request.user.is_authenticated:
            self.allowance = take(user_rate(), str(request.user.pk))
        else:
            self.allowance = take(address_rate(), network_of(request._request))
        request._request.allowance = self.allowance  # type: ignore[attr-defined]
        return self.allowance.allowed

    def wait(self) -> float:
        return max(1, self.allowance.reset)


def network_of(request: HttpRequest) -> str:
    """Who asks, as far as an address tells: an IPv4 address, or the /64 that one IPv6 household has."""
    address = ip_address(get_adapter().get_client_ip(request))
    if address.version == 4:
        return str(address)
    return str(IPv6Network((address, 64), strict=False).network_address)
