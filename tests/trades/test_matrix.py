"""Every status × every action × everybody: what comes back, and which events it writes.

One table for the whole status machine, walked over HTTP. Each status is reached by the verbs
themselves. Where nothing is allowed, no row of any table may have changed.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from core.clock import clock_moved
from tests.api import Program
from tests.trades.rows import all_rows
from trades.models import TradeEvent, TradeProposal
from trades.services import (
    accept_proposal,
    cancel_trade,
    confirm_receipt,
    counter_proposal,
    create_proposal,
    decline_proposal,
    expire_overdue,
    view_proposal,
)

pytestmark = pytest.mark.django_db

# alice proposed, bob received, charlie is a stranger, nobody has no token. Beside a 200 stand the
# events that it wrote. Two rows more than there are statuses: "overdue" is pending past its time
# with no beat in sight, "half done" is accepted and confirmed by alice alone.
TABLE = """
status    | who     | get        | send     | edit | accept       | decline      | counter            | cancel        | confirm                 | extend
draft     | alice   | 200        | 200 sent | 200  | 403          | 403          | 409                | 200 cancelled | 409                     | 409
draft     | bob     | 404        | 404      | 404  | 404          | 404          | 404                | 404           | 404                     | 404
draft     | charlie | 404        | 404      | 404  | 404          | 404          | 404                | 404           | 404                     | 404
draft     | nobody  | 401        | 401      | 401  | 401          | 401          | 401                | 401           | 401                     | 401
pending   | alice   | 200        | 409      | 409  | 403          | 403          | 409                | 200 cancelled | 409                     | 200 extended
pending   | bob     | 200 viewed | 403      | 403  | 200 accepted | 200 declined | 200 countered sent | 403           | 409                     | 403
pending   | charlie | 404        | 404      | 404  | 404          | 404          | 404                | 404           | 404                     | 404
pending   | nobody  | 401        | 401      | 401  | 401          | 401          | 401                | 401           | 401                     | 401
viewed    | alice   | 200        | 409      | 409  | 403          | 403          | 409                | 200 cancelled | 409                     | 200 extended
viewed    | bob     | 200        | 403      | 403  | 200 accepted | 200 declined | 200 countered sent | 403           | 409                     | 403
viewed    | charlie | 404        | 404      | 404  | 404          | 404          | 404                | 404           | 404                     | 404
viewed    | nobody  | 401        | 401      | 401  | 401          | 401          | 401                | 401           | 401                     | 401
overdue   | alice   | 200        | 409      | 409  | 403          | 403          | 409                | 200 cancelled | 409                     | 409
overdue   | bob     | 200 viewed | 403      | 403  | 409          | 409          | 409                | 403           | 409                     | 403
overdue   | charlie | 404        | 404      | 404  | 404          | 404          | 404                | 404           | 404                     | 404
overdue   | nobody  | 401        | 401      | 401  | 401          | 401          | 401                | 401           | 401                     | 401
accepted  | alice   | 200        | 409      | 409  | 403          | 403          | 409                | 200 cancelled | 200 confirmed           | 409
accepted  | bob     | 200        | 403      | 403  | 409          | 409          | 409                | 200 cancelled | 200 confirmed           | 403
accepted  | charlie | 404        | 404      | 404  | 404          | 404          | 404                | 404           | 404                     | 404
accepted  | nobody  | 401        | 401      | 401  | 401          | 401          | 401                | 401           | 401                     | 401
half done | alice   | 200        | 409      | 409  | 403          | 403          | 409                | 200 cancel_requested | 409                     | 409
half done | bob     | 200        | 403      | 403  | 409          | 409          | 409                | 200 cancel_requested | 200 confirmed completed | 403
half done | charlie | 404        | 404      | 404  | 404          | 404          | 404                | 404           | 404                     | 404
half done | nobody  | 401        | 401      | 401  | 401          | 401          | 401                | 401           | 401                     | 401
declined  | alice   | 200        | 409      | 409  | 403          | 403          | 409                | 409           | 409                     | 409
declined  | bob     | 200        | 403      | 403  | 409          | 409          | 409                | 409           | 409                     | 403
declined  | charlie | 404        | 404      | 404  | 404          | 404          | 404                | 404           | 404                     | 404
declined  | nobody  | 401        | 401      | 401  | 401          | 401          | 401                | 401           | 401                     | 401
countered | alice   | 200        | 409      | 409  | 403          | 403          | 409                | 409           | 409                     | 409
countered | bob     | 200        | 403      | 403  | 409          | 409          | 409                | 409           | 409                     | 403
countered | charlie | 404        | 404      | 404  | 404          | 404          | 404                | 404           | 404                     | 404
countered | nobody  | 401        | 401      | 401  | 401          | 401          | 401                | 401           | 401                     | 401
cancelled | alice   | 200        | 409      | 409  | 403          | 403          | 409                | 409           | 409                     | 409
cancelled | bob     | 200        | 403      | 403  | 409          | 409          | 409                | 409           | 409                     | 403
cancelled | charlie | 404        | 404      | 404  | 404          | 404          | 404                | 404           | 404                     | 404
cancelled | nobody  | 401        | 401      | 401  | 401          | 401          | 401                | 401           | 401                     | 401
discarded | alice   | 200        | 409      | 409  | 403          | 403          | 409                | 409           | 409                     | 409
discarded | bob     | 404        | 404      | 404  | 404          | 404          | 404                | 404           | 404                     | 404
discarded | charlie | 404        | 404      | 404  | 404          | 404          | 404                | 404           | 404                     | 404
discarded | nobody  | 401        | 401      | 401  | 401          | 401          | 401                | 401           | 401                     | 401
expired   | alice   | 200        | 409      | 409  | 403          | 403          | 409                | 409           | 409                     | 409
expired   | bob     | 200        | 403      | 403  | 409          | 409          | 409                | 409           | 409                     | 403
expired   | charlie | 404        | 404      | 404  | 404          | 404          | 404                | 404           | 404                     | 404
expired   | nobody  | 401        | 401      | 401  | 401          | 401          | 401                | 401           | 401                     | 401
completed | alice   | 200        | 409      | 409  | 403          | 403          | 409                | 409           | 409                     | 409
completed | bob     | 200        | 403      | 403  | 409          | 409          | 409                | 409           | 409                     | 403
completed | charlie | 404        | 404      | 404  | 404          | 404          | 404                | 404           | 404                     | 404
completed | nobody  | 401        | 401      | 401  | 401          | 401          | 401                | 401           | 401                     | 401
"""

_HEAD, *_ROWS = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]
ACTIONS = _HEAD[2:]
EXPECTED = {(row[0], row[1]): dict(zip(ACTIONS, row[2:], strict=True)) for row in _ROWS}

# The status after the first event that an action writes; what else happens leaves it as it is.
AFTER = {
    "sent": "pending",
    "accepted": "accepted",
    "declined": "declined",
    "countered": "countered",
    "cancelled": "cancelled",
    "cancel_requested": "accepted",
}


@pytest.fixture
def everyone(alice, bob, charlie) -> dict[str, Program]:
    people = {user.username: Program(user) for user in (alice, bob, charlie)}
    return {**people, "nobody": Program()}


@pytest.fixture
def reach(alice, bob, terms) -> Callable[[str], TradeProposal]:
    """Brings a new proposal to a status, by the verbs."""

    def new(draft: bool = False) -> TradeProposal:
        return create_proposal(by=alice, recipient="bob", terms=terms, draft=draft)

    def accepted() -> TradeProposal:
        return accept_proposal(proposal_id=new().pk, by=bob)

    def half_done() -> TradeProposal:
        return confirm_receipt(proposal_id=accepted().pk, by=alice)

    def countered() -> TradeProposal:
        offer = new()
        counter_proposal(proposal_id=offer.pk, by=bob, terms=_turned(terms))
        return offer

    def expired() -> TradeProposal:
        offer = new()
        with clock_moved(timedelta(days=8)):
            assert expire_overdue() == 1
        return offer

    ways: dict[str, Callable[[], TradeProposal]] = {
        "draft": lambda: new(draft=True),
        "pending": new,
        "viewed": lambda: view_proposal(proposal_id=new().pk, by=bob),
        "overdue": new,
        "accepted": accepted,
        "half done": half_done,
        "declined": lambda: decline_proposal(proposal_id=new().pk, by=bob),
        "countered": countered,
        "cancelled": lambda: cancel_trade(proposal_id=new().pk, by=alice),
        "discarded": lambda: cancel_trade(proposal_id=new(draft=True).pk, by=alice),
        "expired": expired,
        "completed": lambda: confirm_receipt(proposal_id=half_done().pk, by=bob),
    }
    return lambda status: ways[status]()


def _turned(terms: Any) -> Any:
    return type(terms)(offers=terms.wants, wants=terms.offers, recipient_adds_cash=terms.proposer_adds_cash)


def act(program: Program, action: str, proposal: TradeProposal, body: dict[str, Any]) -> Any:
    path = f"/trades/{proposal.pk}/"
    counter = {"proposer_offers": body["proposer_wants"], "proposer_wants": body["proposer_offers"]}
    calls: dict[str, Callable[[], Any]] = {
        "get": lambda: program.get(path),
        "send": lambda: program.patch(path, {"status": "pending"}),
        "edit": lambda: program.patch(path, {"message": "Please?"}),
        "accept": lambda: program.patch(path, {"status": "accepted"}),
        "decline": lambda: program.patch(path, {"status": "declined", "decline_reason": "No."}),
        "counter": lambda: program.patch(path, {"status": "countered", "counter": counter}),
        "cancel": lambda: program.patch(path, {"status": "cancelled", "cancel_reason": "Sold."}),
        "confirm": lambda: program.post(f"{path}complete/"),
        "extend": lambda: program.post(f"{path}extend/"),
    }
    return calls[action]()


@contextmanager
def undone() -> Iterator[None]:
    """Each cell of a row starts from the same rows."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def cell(program: Program, action: str, proposal: TradeProposal, body: dict[str, Any]) -> str:
    """What an action does, as the table says it: "200 countered sent"."""
    before, seen = all_rows(), TradeEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    response = act(program, action, proposal, body)
    if response.status_code != 200:
        assert response["Content-Type"] == "application/problem+json"
        assert all_rows() == before
        return str(response.status_code)
    kinds = [*TradeEvent.objects.filter(pk__gt=seen).values_list("kind", flat=True)]
    if kinds and kinds[0] in AFTER:
        assert TradeProposal.objects.get(pk=proposal.pk).status == AFTER[kinds[0]]
    return " ".join(["200", *kinds])


@pytest.mark.parametrize(("status", "who"), EXPECTED)
def test_the_table(status, who, reach, everyone, body):
    proposal = reach(status)
    expected = EXPECTED[status, who]
    with ExitStack() as stack:
        if status == "overdue":
            stack.enter_context(clock_moved(timedelta(days=7, seconds=1)))
        found = {}
        for action in ACTIONS:
            with undone():
                found[action] = cell(everyone[who], action, proposal, body)
        assert found == expected
        if who in ("alice", "bob") and expected["get"].startswith("200"):
            allowed = everyone[who].get(f"/trades/{proposal.pk}/").json()["allowed"]
            verbs = [a for a in ACTIONS if a not in ("get", "edit") and expected[a].startswith("200")]
            assert allowed == sorted(verbs)


def test_the_table_is_whole():
    from trades.models import Status

    statuses = {status for status, _who in EXPECTED}
    assert statuses == {*Status.values, "overdue", "half done", "discarded"}
    assert len(EXPECTED) == len(statuses) * 4
