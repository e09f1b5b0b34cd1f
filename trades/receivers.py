"""What trades do when something happens in the rooms below."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import user_blocked
from trades.services import cancel_between


@receiver(user_blocked)
def close_offers(sender: Any, blocker: User, blocked: User, **kwargs: Any) -> None:
    cancel_between(one_id=blocker.pk, other_id=blocked.pk)
