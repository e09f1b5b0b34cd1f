"""Two at once, on real PostgreSQL: exactly one wins, every time; and without the locks they do not.

Each race runs many rounds with both calls let off at one barrier. Its control is the same race
with the locks taken out: both callers read before either writes, and both must be seen to win (or
to lose what the other did) at least once. So each test is known to be able to fail.
"""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from functools import partial
from threading import Barrier, BrokenBarrierError, Event, local
from time import sleep
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Model, Sum

from accounts.api import idempotency
from accounts.models import User
from cards.models import Holding
from core.clock import clock_moved, database_now
from core.errors import DomainError
from tests.api import Program
from tests.factories import HoldingFactory
from trades.models import TradeEvent, TradeProposal
from trades.services import (
    accept_proposal,
    cancel_trade,
    confirm_receipt,
    counter_proposal,
    create_proposal,
    expire_overdue,
    expiring,
)
from trades.terms import Line, Terms

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

Call = Callable[[], Any]
LOCKS = re.compile(r' FOR (NO KEY )?UPDATE( OF "?\w+"?)?(\s+SKIP LOCKED)?')
WAIT = 20  # seconds after which a thread that nobody joins goes on alone


@pytest.fixture
def starters() -> Iterator[ThreadPoolExecutor]:
    """Two threads with a database connection each."""
    with ThreadPoolExecutor(2) as pool:
        yield pool
        together = Barrier(2)
        for done in [pool.submit(_hang_up, together) for _ in range(2)]:
            done.result()


def _hang_up(together: Barrier) -> None:
    together.wait(WAIT)  # so that each of the two threads gets one
    connection.close()


@pytest.fixture
def race(starters) -> Callable[..., list[Any]]:
    """Runs the calls at once; what each returned, or the refusal it got."""

    def run(*calls: Call) -> list[Any]:
        together = Barrier(len(calls))
        return [done.result() for done in [starters.submit(_run, call, together) for call in calls]]

    return run


def _run(call: Call, together: Barrier) -> Any:
    connection.ensure_connection()
    together.wait(WAIT)
    try:
        return call()
    except (DomainError, IntegrityError) as refusal:
        return refusal


def winners(outcomes: list[Any]) -> list[int]:
    return [i for i, outcome in enumerate(outcomes) if not isinstance(outcome, Exception)]


@contextmanager
def without_locks(monkeypatch: pytest.MonkeyPatch, meet_at: type[Model] = TradeProposal) -> Iterator[None]:
    """The same services with plain reads; both sides have read `meet_at` before either goes on."""
    meeting, seen = Barrier(2), local()
    from_db, batch, execute = meet_at.from_db.__func__, expiring._expire_batch, CursorWrapper.execute  # type: ignore[attr-defined]

    def read_and_wait(cls: Any, *args: Any, **kwargs: Any) -> Any:
        row = from_db(cls, *args, **kwargs)
        if not getattr(seen, "once", False):
            seen.once = True
            _meet(meeting)
        return row

    def wait_and_expire(now: Any, after: int) -> Any:
        _meet(meeting)
        return batch(now, after)

    def execute_unlocked(cursor: Any, sql: str, params: Any = None) -> Any:
        return execute(cursor, LOCKS.sub("", sql), params)

    with monkeypatch.context() as patch:
        patch.setattr(CursorWrapper, "execute", execute_unlocked)
        patch.setattr(meet_at, "from_db", classmethod(read_and_wait))
        patch.setattr(expiring, "_expire_batch", wait_and_expire)
        yield


def _meet(meeting: Barrier) -> None:
    try:
        meeting.wait(2)
    except BrokenBarrierError:
        meeting.reset()  # the other one has been and gone


@pytest.fixture
def swap(alice, bob) -> Callable[[], TradeProposal]:
    """A new offer of alice to bob, one fresh card for another, handed over in person."""

    def make() -> TradeProposal:
        mine, theirs = HoldingFactory(owner=alice, quantity=1), HoldingFactory(owner=bob, quantity=1)
        return create_proposal(by=alice, recipient="bob", terms=one_for_one(mine, theirs))

    return make


def one_for_one(mine: Holding, theirs: Holding) -> Terms:
    return Terms(offers=(Line(mine.pk),), wants=(Line(theirs.pk),), completion_method="in_person")


def ends(proposal: TradeProposal) -> list[str]:
    """The events of `proposal` after it was sent, by kind."""
    kinds = TradeEvent.objects.filter(proposal=proposal).values_list("kind", flat=True)
    return [kind for kind in kinds if kind not in ("sent", "viewed")]


def copies() -> dict[str, int]:
    return Holding.objects.aggregate(quantity=Sum("quantity"), reserved=Sum("reserved"))


# --- accept against something else that ends the offer ------------------------------------------


def accept_and_cancel(offer: TradeProposal) -> tuple[Call, Call]:
    return (
        lambda: accept_proposal(proposal_id=offer.pk, by=offer.recipient),
        lambda: cancel_trade(proposal_id=offer.pk, by=offer.proposer),
    )


def accept_and_counter(offer: TradeProposal) -> tuple[Call, Call]:
    return (
        lambda: accept_proposal(proposal_id=offer.pk, by=offer.recipient),
        lambda: counter_proposal(
            proposal_id=offer.pk, by=offer.recipient, terms=Terms(recipient_adds_cash=Decimal(1))
        ),
    )


RIVALS = {
    "accept, cancel": (accept_and_cancel, ["accepted", "cancelled"]),
    "accept, counter": (accept_and_counter, ["accepted", "countered"]),
}


@pytest.mark.parametrize("name", RIVALS)
def test_one_answer_wins(name, swap, race, race_rounds):
    calls, statuses = RIVALS[name]
    for _ in range(race_rounds):
        offer = swap()
        before = copies()
        [won] = winners(race(*calls(offer)))
        assert TradeProposal.objects.get(pk=offer.pk).status == statuses[won]
        assert ends(offer) == [statuses[won]]
        taken = 2 if statuses[won] == "accepted" else 0
        assert copies() == {**before, "reserved": before["reserved"] + taken}
        settle()


def settle() -> None:
    """Leave nothing open for the next round."""
    for pk in TradeProposal.objects.live().values_list("pk", flat=True):
        row = TradeProposal.objects.get(pk=pk)
        cancel_trade(proposal_id=pk, by=row.proposer, reason="the next round")


@pytest.mark.parametrize("name", RIVALS)
def test_without_locks_both_answers_win(name, swap, race, race_rounds, monkeypatch):
    calls, _statuses = RIVALS[name]
    both = 0
    for _ in range(race_rounds):
        offer = swap()
        with without_locks(monkeypatch):
            both += len(winners(race(*calls(offer)))) == 2
    assert both > 0


# --- accept against the clock -------------------------------------------------------------------


def test_an_offer_is_accepted_or_expires(swap, race, race_rounds):
    for number in range(race_rounds):
        offer = swap()
        before = copies()
        answered = Event()
        # The offer ends while both are at work, each round a little earlier or later.
        left = timedelta(milliseconds=number % 8)
        with clock_moved(offer.expires_at - left - database_now()):
            accepted, expired = race(
                lambda: _accept(offer, answered),  # noqa: B023
                lambda: _expire_until(answered),  # noqa: B023
            )
        status = TradeProposal.objects.get(pk=offer.pk).status
        assert (status, expired) in [("accepted", 0), ("expired", 1)]
        assert isinstance(accepted, Exception) == (status == "expired")
        assert ends(offer) == [status]
        assert copies()["reserved"] == before["reserved"] + (2 if status == "accepted" else 0)
        settle()


def _accept(offer: TradeProposal, answered: Event) -> TradeProposal:
    try:
        return accept_proposal(proposal_id=offer.pk, by=offer.recipient)
    finally:
        answered.set()


def _expire_until(answered: Event) -> int:
    """The beat in a hurry: again and again, and once more after the answer."""
    expired = 0
    while not answered.is_set():
        expired += expire_overdue()
    sleep(0.01)  # past the end of the offer, whatever came of it
    return expired + expire_overdue()


def test_without_locks_it_is_accepted_and_expires(swap, race, race_rounds, monkeypatch):
    both = 0
    for _ in range(race_rounds):
        offer = swap()
        with without_locks(monkeypatch):
            race(
                lambda: accept_proposal(proposal_id=offer.pk, by=offer.recipient),  # noqa: B023
                lambda: sum(expiring._batches(offer.expires_at)),  # noqa: B023
            )
        both += sorted(ends(offer)) == ["accepted", "expired"]
    assert both > 0


# --- two trades that need the same copy ---------------------------------------------------------


@pytest.fixture
def one_card_promised_twice(alice, bob, charlie) -> Callable[[], tuple[list[TradeProposal], Holding]]:
    def make() -> tuple[list[TradeProposal], Holding]:
        card = HoldingFactory(owner=alice, quantity=1)
        gift = Terms(offers=(Line(card.pk),), completion_method="in_person")
        return [create_proposal(by=alice, recipient=name, terms=gift) for name in ("bob", "charlie")], card

    return make


def _accept_both(offers: list[TradeProposal]) -> list[Call]:
    return [partial(accept_proposal, proposal_id=offer.pk, by=offer.recipient) for offer in offers]


def test_one_copy_is_promised_once(one_card_promised_twice, race, race_rounds):
    for _ in range(race_rounds):
        offers, card = one_card_promised_twice()
        outcomes = race(*_accept_both(offers))
        [won] = winners(outcomes)
        assert [ends(offers[won]), ends(offers[1 - won])] == [["accepted"], []]
        refusal = outcomes[1 - won]
        assert (refusal.code, refusal.extra) == ("missing_copies", {"missing_holdings": [card.pk]})
        assert Holding.objects.get(pk=card.pk).reserved == 1
        settle()


def test_without_locks_the_loser_is_told_nothing(one_card_promised_twice, race, race_rounds, monkeypatch):
    """Both find the copy free; only the constraint, the last wall, keeps it from being promised twice."""
    crashed = 0
    for _ in range(race_rounds):
        offers, _card = one_card_promised_twice()
        with without_locks(monkeypatch, meet_at=Holding):
            outcomes = race(*_accept_both(offers))
        crashed += any(isinstance(outcome, IntegrityError) for outcome in outcomes)
        settle()
    assert crashed > 0


# --- both confirm at once -----------------------------------------------------------------------


def _confirm_both(offer: TradeProposal) -> list[Call]:
    return [partial(confirm_receipt, proposal_id=offer.pk, by=by) for by in (offer.proposer, offer.recipient)]


def test_both_confirmations_count_and_complete_once(swap, race, race_rounds):
    for _ in range(race_rounds):
        offer = accept_proposal(proposal_id=(made := swap()).pk, by=made.recipient)
        before = copies()
        assert winners(race(*_confirm_both(offer))) == [0, 1]
        assert TradeProposal.objects.get(pk=offer.pk).status == "completed"
        assert ends(offer) == ["accepted", "confirmed", "confirmed", "completed"]
        assert copies() == {"quantity": before["quantity"], "reserved": before["reserved"] - 2}


def test_without_locks_a_confirmation_is_lost(swap, race, race_rounds, monkeypatch):
    lost = 0
    for _ in range(race_rounds):
        offer = accept_proposal(proposal_id=(made := swap()).pk, by=made.recipient)
        with without_locks(monkeypatch):
            assert winners(race(*_confirm_both(offer))) == [0, 1]
        lost += TradeProposal.objects.get(pk=offer.pk).status == "accepted"
    assert lost > 0


# --- the same form sent twice -------------------------------------------------------------------


@pytest.fixture
def double_click(alice, bob, race) -> Callable[[str], list[Any]]:
    program = Program(alice)
    gift = {"recipient": "bob", "proposer_adds_cash": "5", "completion_method": "in_person"}

    def send(key: str) -> list[Any]:
        return race(*[partial(program.post, "/trades/", gift, key=key)] * 2)

    return send


def test_a_double_click_makes_one_proposal(double_click, race_rounds):
    for number in range(race_rounds):
        answers = double_click(f"click {number}")
        made = [answer.json() for answer in answers if answer.status_code == 201]
        others = [answer.json()["code"] for answer in answers if answer.status_code != 201]
        assert TradeProposal.objects.open().count() == 1
        assert (len(made), others) in [(2, []), (1, ["in_flight"])]
        assert all(answer == made[0] for answer in made)
        settle()


def test_without_its_lock_both_clicks_do_the_work(double_click, race_rounds, monkeypatch):
    """The answer of the slower one cannot be stored: the constraint undoes its work with a bare error."""
    meeting, stored = Barrier(2), idempotency._stored

    def look_and_wait(*args: Any) -> Any:
        found = stored(*args)
        _meet(meeting)
        return found

    monkeypatch.setattr(idempotency, "_lock", _no_lock)
    monkeypatch.setattr(idempotency, "_stored", look_and_wait)
    collided = 0
    for number in range(race_rounds):
        codes = [answer.json().get("code") for answer in double_click(f"click {number}")]
        collided += codes.count("conflict")
        settle()
    assert collided > 0


def _no_lock(*_args: Any) -> None:
    pass


# --- two offers for the last place under the limit ----------------------------------------------


def _send_two(alice: User) -> list[Call]:
    gift = Terms(proposer_adds_cash=Decimal(1), completion_method="in_person")
    return [partial(create_proposal, by=alice, recipient=name, terms=gift) for name in ("bob", "charlie")]


@pytest.fixture
def four_of_five(alice, bob) -> Callable[[], None]:
    """A new trader may have five offers open; here are four."""

    def fill() -> None:
        settle()
        gift = Terms(proposer_adds_cash=Decimal(1), completion_method="in_person")
        for _ in range(4):
            create_proposal(by=alice, recipient="bob", terms=gift)

    return fill


def test_a_limit_is_never_passed(alice, charlie, four_of_five, race, race_rounds):
    for _ in range(race_rounds):
        four_of_five()
        outcomes = race(*_send_two(alice))
        [won] = winners(outcomes)
        assert outcomes[1 - won].code == "limit_reached"
        assert TradeProposal.objects.open().count() == 5


def test_without_locks_the_limit_is_passed(alice, charlie, four_of_five, race, race_rounds, monkeypatch):
    passed = 0
    for _ in range(race_rounds):
        four_of_five()
        with without_locks(monkeypatch, meet_at=User):
            passed += len(winners(race(*_send_two(alice)))) == 2
    assert passed > 0
