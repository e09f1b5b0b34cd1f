"""What each tier unlocks (domain.md §6.5): one row a tier, held against what the rooms really do."""

from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

import pytest

from accounts.limits import LIMITS, Tier
from accounts.models import User
from core.clock import database_now
from tests.api import Program
from tests.conftest import page_of
from tests.factories import HoldingFactory
from trades.errors import TradeError
from trades.services import create_proposal
from trades.terms import Line, Terms

pytestmark = pytest.mark.django_db
GIFT = Terms(proposer_adds_cash=Decimal(1))


class Unlocked(NamedTuple):
    open_offers: int
    unsettled_value: str | None
    new_conversations: int
    longest_life: int
    photos_anywhere: bool
    frame: bool
    publishes: bool
    trusted: bool


LADDER = {
    Tier.NEW: Unlocked(5, "150.00", 5, 7, False, False, False, False),
    Tier.BRONZE: Unlocked(10, "400.00", 15, 7, True, False, False, False),
    Tier.SILVER: Unlocked(20, "1500.00", 30, 14, True, True, False, False),
    Tier.GOLD: Unlocked(40, "5000.00", 60, 14, True, True, True, True),
    Tier.PLATINUM: Unlocked(60, "15000.00", 100, 14, True, True, True, True),
    Tier.DIAMOND: Unlocked(100, None, 200, 14, True, True, True, True),
}
EVERY_TIER = pytest.mark.parametrize("tier", list(Tier))


@pytest.fixture
def climber(alice):
    """alice on a rung, of an age that hides no limit."""

    def on(tier: Tier) -> User:
        joined = database_now() - timedelta(days=365)
        User.objects.filter(pk=alice.pk).update(trust_tier=tier, date_joined=joined)
        return User.objects.get(pk=alice.pk)

    return on


@EVERY_TIER
def test_limits(climber, tier):
    """What trades keeps of them is tested there: tests/trades/test_limits.py."""
    expected = LADDER[tier]
    limits = Program(climber(tier)).get("/me/").json()["limits"]
    assert {name: limits[name]["limit"] for name in ("open_offers", "new_conversations", "longest_life")} == {
        "open_offers": expected.open_offers,
        "new_conversations": expected.new_conversations,
        "longest_life": expected.longest_life,
    }
    value = LIMITS[tier].unsettled_value
    assert (None if value is None else f"{value:.2f}") == expected.unsettled_value


@EVERY_TIER
def test_offers_live_as_long(climber, bob, tier):
    person = climber(tier)
    line = Line(HoldingFactory(owner=person, price="1.00").pk)
    longest = LADDER[tier].longest_life
    offer = create_proposal(by=person, recipient="bob", terms=Terms(offers=(line,), life_days=longest))
    assert offer.expires_at - offer.sent_at == timedelta(days=longest)
    if longest < 14:
        too_long = Terms(proposer_adds_cash=Decimal(1), life_days=longest + 1)
        with pytest.raises(TradeError, match="at most 7 days"):
            create_proposal(by=person, recipient="bob", terms=too_long)


@EVERY_TIER
def test_photos_anywhere_and_publishing(climber, tier):
    """What the rooms of chat and signals ask before they act."""
    person = climber(tier)
    expected = LADDER[tier]
    assert (person.may_send_photos_anywhere, person.may_publish_signals) == (
        expected.photos_anywhere,
        expected.publishes,
    )


@EVERY_TIER
def test_the_ring_around_the_picture(climber, client, tier):
    climber(tier)
    for path in ("/u/alice/", "/u/alice/reviews/", "/u/alice/reputation/"):
        page = client.get(path).content.decode()
        assert "/u/alice/" in page
        assert ('class="frame"' in page) is LADDER[tier].frame, path


@EVERY_TIER
def test_the_trusted_section(climber, bob, tier):
    climber(tier)
    page = page_of(bob).get("/traders/").content.decode()
    assert "/u/alice/" in page
    assert ("Trusted traders" in page) is LADDER[tier].trusted


@pytest.mark.parametrize("tier", [Tier.NEW, Tier.GOLD])
def test_the_badge_wherever_the_name_stands(climber, swapped, bob, tier):
    climber(tier)
    trade, offer = swapped(), create_proposal(by=bob, recipient="alice", terms=GIFT)
    page = page_of(bob)
    for path in (
        "/u/alice/", "/u/alice/reviews/", "/u/alice/reputation/", "/u/alice/binder/", "/traders/", "/trades/waiting/",
        f"/trades/{offer.pk}/", f"/trades/{trade.pk}/review/", "/reviews/waiting/", "/home/",
    ):  # fmt: skip
        main = page.get(path).content.decode().partition("<main")[2]
        assert f"</svg>{tier.label.capitalize()}</span>" in main, path
