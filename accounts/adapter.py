"""How allauth signs people up and in here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import release_address

_FAILED = _("The name, the e-mail address or the password is wrong.")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """The same words for every failed sign-in, and mail that is readable as text and as HTML."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _FAILED,
        "username_password_mismatch": _FAILED,
        "email_taken": _("This address belongs to an account already."),
        "too_many_login_attempts": _("Too many failed sign-ins. Try again in five minutes."),
    }

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """As allauth does, but a deactivated account fails like a wrong password does."""
        user = super().authenticate(request, **credentials)
        return user if user is not None and user.is_active else None

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Whoever confirms an address has it: others who only claimed it lose it in the same breath."""
        with transaction.atomic():
            release_address(email=email_address.email, keeper=email_address.user)
            return bool(super().confirm_email(request, email_address))

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        """The primary address stays: without any, nobody can be reached and a password stays lost."""
        return not email_address.primary

    def render_mail(
        self, template_prefix: str, email: str, context: Any, headers: Any = None
    ) -> EmailMultiAlternatives:
        """The text as its template says it, and the same text as HTML beside it."""
        message: EmailMultiAlternatives = super().render_mail(template_prefix, email, context, headers)
        shell = {"subject": message.subject, "text": message.body}
        message.attach_alternative(render_to_string("mail/shell.html", shell), "text/html")
        return message
