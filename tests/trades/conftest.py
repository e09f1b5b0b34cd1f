"""Trades for tests, each brought to its status by the verbs themselves."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from tests.api import Program
from tests.factories import HoldingFactory
from trades.models import TradeEvent, TradeProposal
from trades.services import accept_proposal, create_proposal
from trades.terms import Line, Terms


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
def nobody_api() -> Program:
    return Program()


@pytest.fixture
def terms(bolt, mox) -> Terms:
    """3 bolts ($7.50) and $5 for one opal ($20)."""
    return Terms(offers=(Line(bolt.pk, 3),), wants=(Line(mox.pk, 1),), proposer_adds_cash=Decimal("5"))


@pytest.fixture
def body(bolt, mox) -> dict[str, Any]:
    """The same as the body of a POST."""
    return {
        "recipient": "bob",
        "proposer_offers": [{"holding": bolt.pk, "quantity": 3}],
        "proposer_wants": [{"holding": mox.pk, "quantity": 1}],
        "proposer_adds_cash": "5.00",
        "message": "Would you?",
    }


@pytest.fixture
def offer(alice, bob, terms) -> TradeProposal:
    """What alice sent to bob."""
    return create_proposal(by=alice, recipient="bob", terms=terms)


@pytest.fixture
def draft(alice, bob, terms) -> TradeProposal:
    """What alice has not sent yet."""
    return create_proposal(by=alice, recipient="bob", terms=terms, draft=True)


@pytest.fixture
def make_offers(alice, mox) -> Callable[[int], list[TradeProposal]]:
    """So many offers to alice, each by somebody else, three cards for one; and she for one of bob's."""

    def make(count: int) -> list[TradeProposal]:
        offers = []
        for _ in range(count):
            mine = [HoldingFactory(price="1.00") for _ in range(1)]
            trader: User = mine[0].owner
            mine += [HoldingFactory(owner=trader, price="1.00") for _ in range(2)]
            wanted = HoldingFactory(owner=alice, price="3.00")
            terms = Terms(offers=tuple(Line(h.pk) for h in mine), wants=(Line(wanted.pk),))
            offers.append(create_proposal(by=trader, recipient="alice", terms=terms))
        return offers

    return make


def kinds(proposal: TradeProposal) -> list[tuple[str, str | None, int]]:
    """(kind, actor, version) of every event of `proposal`, in order."""
    events = TradeEvent.objects.filter(proposal=proposal).select_related("actor")
    return [(e.kind, e.actor and e.actor.username, e.version) for e in events]


@pytest.fixture
def trade(offer, bob) -> TradeProposal:
    """The same offer, accepted: by mail, and alice, of the same tier as bob, sends first."""
    return accept_proposal(proposal_id=offer.pk, by=bob)


@pytest.fixture
def accepted_with(alice, bob) -> Callable[[Terms], TradeProposal]:
    """A trade between alice, who proposed it, and bob, on other terms."""

    def accept(terms: Terms) -> TradeProposal:
        sent = create_proposal(by=alice, recipient="bob", terms=terms)
        return accept_proposal(proposal_id=sent.pk, by=bob)

    return accept
