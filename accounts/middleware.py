"""Who comes in, and how the sign-in library's pages answer."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import note_visit
from core.api.problems import is_api
from core.clock import database_now
from core.error_pages import error_page

GetResponse = Callable[[HttpRequest], HttpResponse]

# What is left to somebody suspended or banned: what was begun, and the way to object.
OPEN_TO_SUSPENDED = (
    "/accounts/", "/settings/", "/home/", "/trades/", "/inbox/", "/notifications/", "/uploads/",
    "/sanctions/", "/me/export/", "/help/", "/rules/", "/theme/",
)  # fmt: skip


def person_at_the_door(get_response: GetResponse) -> GetResponse:
    """Notes the visit, shows times in the visitor's zone, and keeps the suspended to what is left to them."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if is_api(request) or not isinstance(user, User):
            return get_response(request)
        if _is_suspended(user) and not request.path.startswith(OPEN_TO_SUSPENDED):
            return error_page(request, 403, _("Your account is suspended. Running trades stay open to you."))
        # The process's clock will do: no rule hangs on the minute somebody was seen.
        note_visit(user=user, now=timezone.now())
        with timezone.override(ZoneInfo(user.time_zone)):
            return get_response(request)

    return middleware


def _is_suspended(user: User) -> bool:
    if user.banned_at is None and user.suspended_until is None:
        return False  # the usual case asks no clock
    return user.is_suspended(database_now())


class SignInSpeaksHTTP:
    """allauth answers every form with 200 or 302; here a failed one is 422, a done one 303, as everywhere."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if _is_sign_in_form(request) and response.status_code == 302:
            response.status_code = 303
        return response

    def process_template_response(self, request: HttpRequest, response: TemplateResponse) -> TemplateResponse:
        if _is_sign_in_form(request) and response.status_code == 200 and _has_errors(response):
            response.status_code = 422
        return response


def _is_sign_in_form(request: HttpRequest) -> bool:
    return request.method == "POST" and request.path_info.startswith("/accounts/")


def _has_errors(response: TemplateResponse) -> bool:
    context = response.context_data or {}
    return any(isinstance(form, BaseForm) and form.is_bound and form.errors for form in context.values())
