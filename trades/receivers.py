"""What trades do when something happens in the rooms below."""

from typing import Any

from django.dispatch import receiver

from accounts.signals import user_blocked
from trades.services import cancel_between


@receiver(user_blocked)
def close_offers(sender: Any, blocker_id: int, blocked_id: int, **kwargs: Any) -> None:
    cancel_between(one_id=blocker_id, other_id=blocked_id)
