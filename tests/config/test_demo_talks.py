"""The demo's people talk: what a newcomer finds in the first inbox they look at."""

import re
from itertools import pairwise

import pytest

from accounts.models import User
from config.demo import seed_market
from messaging.models import Conversation, Message
from tests.conftest import page_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_alice_and_bob_have_something_to_answer() -> None:
    seed_market(traders=8, seed=2026, holdings=200, told=lambda *_: None)
    for name in ("alice", "bob"):
        page = page_of(User.objects.get(username=name)).get("/inbox/").content.decode()
        assert len(re.findall(r'class="row talk', page)) >= 3
        assert 'class="row talk unread"' in page
    # Trades at random are told one after the other, whenever they were; what was said is in order.
    for conversation in Conversation.objects.filter(messages__sender__isnull=False).distinct():
        lines = Message.objects.filter(conversation=conversation)
        times = lines.exclude(sender=None).values_list("created_at", flat=True)
        assert all(earlier <= later for earlier, later in pairwise(times)), conversation
        assert lines.order_by("-seq")[0].created_at == lines.order_by("-created_at")[0].created_at
