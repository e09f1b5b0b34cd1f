"""What accounts do when the sign-in library reports a change."""

from typing import Any

from allauth.account.signals import email_confirmed, email_removed
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.dispatch import receiver

from accounts.models import User
from accounts.signals import verification_changed


@receiver(email_confirmed)
def tell_of_confirmed_email(sender: Any, email_address: Any, **kwargs: Any) -> None:
    verification_changed.send(sender=User, user=email_address.user)


@receiver([email_removed, authenticator_added, authenticator_removed])
def tell_of_changed_verification(sender: Any, user: User, **kwargs: Any) -> None:
    verification_changed.send(sender=User, user=user)
