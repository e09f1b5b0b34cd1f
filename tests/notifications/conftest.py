import pytest

from notifications.models import Category, Notification
from notifications.services import Notice, notify


@pytest.fixture
def tell(db):
    """Tell somebody one sentence, as a room above would."""

    def tell(user, text="{actor} sent you an offer.", subject="trade:1", actor=None, url="/help/"):
        key = f"test:{Notification.objects.count()}"
        notify(
            [
                Notice(
                    user_id=user.pk,
                    category=Category.TRADES,
                    kind="trade_sent",
                    text=text,
                    url=url,
                    key=key,
                    subject=subject,
                    actor_id=actor and actor.pk,
                )
            ]
        )
        return Notification.objects.get(user=user, key=key)

    return tell
