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
    for conversation in Conversation.objects.all():
        times = Message.objects.filter(conversation=conversation).values_list("created_at", flat=True)
        assert all(earlier <= later for earlier, later in pairwise(times)), conversation
