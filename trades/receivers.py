"""What trades do when something happens in the rooms below, or is asked there."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import user_blocked
from trades.models import Dispute
from trades.models.disputes import SHOWN_IN, decides
from trades.services import cancel_between
from uploads.models import Upload
from uploads.rooms import shows_photos


@receiver(user_blocked)
def close_offers(sender: Any, blocker: User, blocked: User, **kwargs: Any) -> None:
    cancel_between(one_id=blocker.pk, other_id=blocked.pk)


@shows_photos(SHOWN_IN)
def may_see_evidence(user: User, upload: Upload) -> bool:
    """The two of the trade, and the moderators who decide about it."""
    dispute = Dispute.objects.select_related("proposal").filter(photos__upload=upload).first()
    if dispute is None:
        return False
    return Dispute.objects.visible_to(user).filter(pk=dispute.pk).exists() or decides(dispute, user)
