"""Completed trades between alice, who proposed, and bob; each made by the verbs themselves."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.services import MODERATORS
from moderation.services import grant_moderators
from reputation.models import CompletedTrade
from tests.api import Program
from tests.factories import HoldingFactory, UserFactory
from trades.models import TradeProposal
from trades.services import accept_proposal, confirm_receipt, create_proposal, open_dispute, resolve_dispute
from trades.terms import Line, Terms

GOOD = {"overall_rating": 5, "communication_rating": 4}
POOR = {"overall_rating": 2}


@pytest.fixture
def swapped(alice, bob) -> Callable[..., TradeProposal]:
    """One card for another, accepted, and confirmed by both unless told otherwise."""

    def make(one=alice, other=bob, *, price: str = "10.00", confirmed: bool = True) -> TradeProposal:
        mine = HoldingFactory(owner=one, price=price, quantity=1)
        theirs = HoldingFactory(owner=other, price=price, quantity=1)
        terms = Terms(offers=(Line(mine.pk),), wants=(Line(theirs.pk),))
        offer = create_proposal(by=one, recipient=other.username, terms=terms)
        trade = accept_proposal(proposal_id=offer.pk, by=other)
        if confirmed:
            confirm_receipt(proposal_id=trade.pk, by=one)
            trade = confirm_receipt(proposal_id=trade.pk, by=other)
        return trade

    return make


@pytest.fixture
def done(swapped) -> TradeProposal:
    return swapped()


@pytest.fixture
def moderator(db):
    grant_moderators()
    user = UserFactory(username="mod", is_staff=True)
    user.groups.add(Group.objects.get(name=MODERATORS))
    return user


@pytest.fixture
def alice_api(alice) -> Program:
    return Program(alice)


@pytest.fixture
def bob_api(bob) -> Program:
    return Program(bob)


@pytest.fixture
def charlie_api(charlie) -> Program:
    return Program(charlie)


@pytest.fixture
def nobody_api(db) -> Program:
    return Program()


@pytest.fixture
def count_queries(db) -> Callable[[Callable[[], object]], int]:
    def count(call: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as queries:
            call()
        return len(queries)

    return count


def dispute(trade: TradeProposal, by) -> None:
    open_dispute(proposal_id=trade.pk, by=by, reason="not_as_described", text="Played, not near mint.")


def decide(trade: TradeProposal, moderator, outcome: str, **more) -> None:
    resolve_dispute(
        proposal_id=trade.pk,
        by=moderator,
        outcome=outcome,
        proposer_cards_arrived=True,
        recipient_cards_arrived=True,
        decision="As the photos show.",
        **more,
    )


def fact_of(trade: TradeProposal) -> CompletedTrade:
    return CompletedTrade.objects.get(proposal=trade)
