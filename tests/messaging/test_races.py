"""Several at once in one conversation; and each time a control that takes the lock away and shows what it kept out."""
# ruff: noqa: F811 — a test takes the fixtures of test_races by the names they are imported under

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import count
from threading import Event
from typing import Any

import pytest
from django.db import IntegrityError

from accounts.models import Block, User
from accounts.services import block_user
from core.clock import clock_moved
from messaging.errors import MessagingError
from messaging.models import Conversation, ConversationEvent, Message
from messaging.services import (
    delete_message,
    edit_message,
    locks,
    log,
    mark_read,
    open_conversation,
    send_message,
)
from messaging.standing import may_talk
from notifications.models import Notification
from tests.factories import UserFactory
from tests.reputation.test_races import at_once
from tests.trades.test_races import race, starters, winners, without_locks  # noqa: F401
from trades.models import TradeProposal
from trades.services import create_proposal, expire_overdue
from trades.terms import Terms

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

TRIES = 30  # of a control, until the race is seen
_numbers = count()


def says(chat: Conversation, by: User, content: str = "Hi", client_id: str = "") -> Callable[[], Any]:
    return partial(
        send_message,
        conversation_id=chat.pk,
        by=by,
        client_id=client_id or f"r{next(_numbers)}",
        content=content,
    )


def assert_gapless(chat: Conversation) -> None:
    chat.refresh_from_db()
    told = list(ConversationEvent.objects.filter(conversation=chat).values_list("seq", flat=True))
    assert told == list(range(1, chat.last_seq + 1))
    times = list(ConversationEvent.objects.filter(conversation=chat).values_list("created_at", flat=True))
    assert times == sorted(times)


# --- two sends ----------------------------------------------------------------------------------


def test_numbers_have_no_gap_and_no_twin(chat, alice, bob, race, race_rounds):
    for number in range(1, race_rounds + 1):
        sent = race(says(chat, alice), says(chat, bob))
        assert sorted(message.seq for message, _is_new in sent) == [2 * number - 1, 2 * number]
    assert_gapless(chat)


def test_ten_at_once(chat, alice, bob):
    sent = at_once([says(chat, by) for by in (alice, bob) * 5])
    assert sorted(message.seq for message, _is_new in sent) == list(range(1, 11))
    assert_gapless(chat)


def test_without_the_counter_two_take_one_number(chat, alice, bob, race, monkeypatch):
    """The number looked up instead of counted, and no lock: only the constraint keeps the twin out."""
    newest = "coalesce((SELECT max(seq) FROM messaging_conversationevent WHERE conversation_id = {}), 0) + 1"
    looked_up = log._WRITE.replace("last_seq + 1", newest.format("messaging_conversation.id"))
    assert looked_up != log._WRITE
    monkeypatch.setattr(log, "_WRITE", looked_up)
    for _ in range(TRIES):
        with without_locks(monkeypatch, meet_at=Conversation):
            outcomes = race(says(chat, alice), says(chat, bob))
        if any(isinstance(outcome, IntegrityError) for outcome in outcomes):
            return
    pytest.fail("two sends never met")


# --- one message sent several times -------------------------------------------------------------


def test_ten_posts_of_one_message_are_one(chat, alice, bob):
    sent = at_once([says(chat, alice, client_id="same")] * 10)
    assert {message.pk for message, _is_new in sent} == {Message.objects.get().pk}
    assert [is_new for _message, is_new in sent].count(True) == 1
    assert_gapless(chat)
    assert Notification.objects.filter(user=bob).count() == 1


def test_without_locks_the_second_crashes(chat, alice, race, monkeypatch):
    for number in range(TRIES):
        with without_locks(monkeypatch, meet_at=Conversation):
            outcomes = race(*[says(chat, alice, client_id=f"same{number}")] * 2)
        if any(isinstance(outcome, IntegrityError) for outcome in outcomes):
            return
    pytest.fail("two posts never met")


# --- a message against a block ------------------------------------------------------------------


@pytest.fixture
def slow_sender(monkeypatch) -> Event:
    """Whoever sends has been told that they may, and stops there until the block is there, or a while."""
    blocked = Event()

    def look_and_wait(*args: Any) -> bool:
        allowed = may_talk(*args)
        blocked.wait(0.3)
        return allowed

    monkeypatch.setattr(locks, "may_talk", look_and_wait)
    return blocked


def _send_and_block(chat: Conversation, alice: User, bob: User, blocked: Event, race: Any) -> list[Any]:
    blocked.clear()
    Block.objects.all().delete()

    def block() -> Block:
        try:
            return block_user(username="bob", by=alice)
        finally:
            blocked.set()

    return race(says(chat, bob), block)


def _was_sent_late(sent: Any) -> bool:
    return not isinstance(sent, Exception) and sent[0].created_at > Block.objects.get().created_at


def test_nothing_is_said_after_a_block(chat, alice, bob, slow_sender, race, race_rounds):
    for _ in range(race_rounds):
        sent, _block = _send_and_block(chat, alice, bob, slow_sender, race)
        assert not _was_sent_late(sent)
        if isinstance(sent, MessagingError):
            assert sent.code == "conversation_closed"
    assert_gapless(chat)


def test_without_locks_a_message_slips_through(chat, alice, bob, slow_sender, race, monkeypatch):
    for _ in range(TRIES):
        with without_locks(monkeypatch, meet_at=User):
            sent, _block = _send_and_block(chat, alice, bob, slow_sender, race)
        if _was_sent_late(sent):
            return
    pytest.fail("no message came after the block")


# --- edit against delete ------------------------------------------------------------------------


def _edit_and_delete(chat: Conversation, alice: User, race: Any) -> tuple[list[Any], list[str]]:
    message, _is_new = says(chat, alice)()
    outcomes = race(
        partial(edit_message, message_id=message.pk, by=alice, content="Changed"),
        partial(delete_message, message_id=message.pk, by=alice),
    )
    events = ConversationEvent.objects.filter(message=message).values_list("kind", flat=True)
    return outcomes, list(events)


def test_what_is_deleted_is_not_edited_after(chat, alice, race, race_rounds):
    for _ in range(race_rounds):
        (edited, _deleted), events = _edit_and_delete(chat, alice, race)
        if isinstance(edited, MessagingError):
            assert (edited.code, events) == ("deleted", ["created", "deleted"])
        else:
            assert events == ["created", "edited", "deleted"]
    assert_gapless(chat)


def test_without_locks_it_is(chat, alice, race, monkeypatch):
    for _ in range(TRIES):
        with without_locks(monkeypatch, meet_at=Message):
            _outcomes, events = _edit_and_delete(chat, alice, race)
        if events == ["created", "deleted", "edited"]:
            return
    pytest.fail("no edit came after a deletion")


# --- opening ------------------------------------------------------------------------------------


def _open_both_ways(race: Any) -> tuple[list[Any], list[User]]:
    pair: list[User] = [UserFactory(), UserFactory()]
    return (
        race(*[partial(open_conversation, username=b.username, by=a) for a, b in (pair, pair[::-1])]),
        pair,
    )


def test_a_pair_has_one_conversation(db, race, race_rounds):
    for _ in range(race_rounds):
        outcomes, pair = _open_both_ways(race)
        assert {found.pk for found, _is_new in outcomes} == {
            Conversation.objects.visible_to(pair[0]).get().pk
        }
        assert sorted(is_new for _found, is_new in outcomes) == [False, True]


def test_without_locks_the_second_opening_crashes(db, race, monkeypatch):
    for _ in range(TRIES):
        with without_locks(monkeypatch, meet_at=User):
            outcomes, _pair = _open_both_ways(race)
        if any(isinstance(outcome, IntegrityError) for outcome in outcomes):
            return
    pytest.fail("two openings never met")


def test_an_opening_and_a_first_offer(alice, race, race_rounds):
    gift = Terms(proposer_adds_cash=Decimal(1), completion_method="in_person")
    for _ in range(race_rounds):
        other = UserFactory()
        outcomes = race(
            partial(open_conversation, username="alice", by=other),
            partial(create_proposal, by=other, recipient="alice", terms=gift),
        )
        assert winners(outcomes) == [0, 1]
        assert_gapless(Conversation.objects.get(user_b=other))


def _open_six(alice: User) -> list[Callable[[], Any]]:
    def call(name: str) -> bool:
        try:
            return open_conversation(username=name, by=alice)[1]
        except MessagingError as refusal:
            assert refusal.code == "limit_reached"  # noqa: PT017
            return False

    return [partial(call, UserFactory().username) for _ in range(6)]


def test_the_limit_holds_for_openings_at_once(alice):
    assert at_once(_open_six(alice)).count(True) == 5


def test_without_locks_the_limit_is_passed(alice, race, monkeypatch):
    for _ in range(4):
        open_conversation(username=UserFactory().username, by=alice)
    for _ in range(TRIES):
        calls = _open_six(alice)[:2]
        with without_locks(monkeypatch, meet_at=User):
            if race(*calls).count(True) == 2:
                return
        Conversation.objects.filter(pk=Conversation.objects.latest("pk").pk).delete()
    pytest.fail("the limit held without its lock")


# --- reading against the next message -----------------------------------------------------------


def test_what_is_unread_has_a_notice(chat, alice, bob, race, race_rounds):
    for _ in range(race_rounds):
        seen = says(chat, alice)()[0].seq
        race(says(chat, alice), partial(mark_read, conversation_id=chat.pk, by=bob, seq=seen))
        chat.refresh_from_db()
        assert chat.last_read_by(bob.pk) == seen
        assert chat.is_unread_by(bob.pk)
        assert Notification.objects.filter(user=bob, read_at=None).exists()
        mark_read(conversation_id=chat.pk, by=bob, seq=chat.last_seq)
        assert not Notification.objects.filter(user=bob, read_at=None).exists()


# --- lines about trades -------------------------------------------------------------------------


def test_offers_expire_while_people_write(chat, alice, bob, race, race_rounds):
    gift = Terms(proposer_adds_cash=Decimal(1), completion_method="in_person")
    for _ in range(race_rounds):
        offers = [create_proposal(by=alice, recipient="bob", terms=gift) for _ in range(3)]
        with clock_moved(timedelta(days=8)):
            race(lambda: [says(chat, bob)() for _ in range(4)], lambda: [expire_overdue() for _ in range(4)])
            expire_overdue()
        assert not TradeProposal.objects.open().exists()
        told = Message.objects.filter(trade_event__proposal__in=offers, trade_event__kind="expired")
        assert told.count() == 3
        chat.refresh_from_db()
        seqs = list(ConversationEvent.objects.filter(conversation=chat).values_list("seq", flat=True))
        assert seqs == list(range(1, chat.last_seq + 1))


def test_the_control_takes_locks_away() -> None:
    """The statements that the controls rewrite are those which take the locks."""
    from messaging.services import locks
    from tests.trades.test_races import LOCKS

    assert re.search(LOCKS, locks._PARTIES)
