"""What happens to a trade is told in its people's conversation: each thing once, in order, to nobody else."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.services import block_user
from core.clock import clock_moved
from messaging.models import Conversation, ConversationEvent, Message
from messaging.services import follow_trades
from messaging.services.following import UNTOLD
from tests.factories import UserFactory
from tests.messaging.rows import all_rows
from trades.models import EventKind, TradeEvent, TradeProposal
from trades.services import (
    accept_proposal,
    amend_draft,
    cancel_trade,
    confirm_receipt,
    counter_proposal,
    create_proposal,
    expire_overdue,
    open_dispute,
    send_draft,
    view_proposal,
    withdraw_dispute,
)
from trades.terms import Terms

pytestmark = pytest.mark.django_db

GIFT = Terms(proposer_adds_cash=Decimal(1), completion_method="in_person")


def lines(conversation: Conversation | None = None) -> list[tuple[int, str, int, str | None]]:
    """(number, kind, proposal, actor) of every line about a trade, in order."""
    rows = Message.objects.filter(sender=None, conversation=conversation or Conversation.objects.get())
    rows = rows.select_related("trade_event__actor").order_by("seq")
    return [
        (row.seq, e.kind, e.proposal_id, e.actor and e.actor.username)
        for row in rows
        for e in [row.trade_event]
    ]


def test_a_whole_life(alice, bob, offer):
    view_proposal(proposal_id=offer.pk, by=bob)
    child = counter_proposal(proposal_id=offer.pk, by=bob, terms=GIFT)
    accept_proposal(proposal_id=child.pk, by=alice)
    open_dispute(proposal_id=child.pk, by=alice, reason="not_received", text="Nothing came.")
    withdraw_dispute(proposal_id=child.pk, by=alice)
    confirm_receipt(proposal_id=child.pk, by=alice)
    confirm_receipt(proposal_id=child.pk, by=bob)
    kinds = [kind for _seq, kind, _proposal, _actor in lines()]
    assert kinds == [
        "sent",  # of the offer
        "sent",  # of the counter, which tells that the offer was countered
        "accepted",
        "disputed",
        "dispute_withdrawn",
        "confirmed",
        "confirmed",
        "completed",
    ]
    told = TradeEvent.objects.exclude(kind__in=UNTOLD).order_by("pk").select_related("actor")
    assert lines() == [
        (n, event.kind, event.proposal_id, event.actor and event.actor.username)
        for n, event in enumerate(told, 1)
    ]
    assert set(TradeEvent.objects.filter(kind__in=UNTOLD).values_list("kind", flat=True)) == UNTOLD
    conversation = Conversation.objects.get()
    assert (conversation.last_seq, conversation.trade_proposal) == (len(kinds), child)
    logged = ConversationEvent.objects.values_list("seq", "kind", "message__seq")
    assert list(logged) == [(n, "trade", n) for n in range(1, len(kinds) + 1)]


def test_a_line_is_no_message_to_read(alice, bob, offer, bob_api):
    [row] = bob_api.get("/conversations/").json()["results"]
    assert (row["unread"], row["preview"], row["trade_proposal"]) == (0, "", offer.pk)
    assert bob_api.get("/conversations/", unread="true").json()["results"] == []


def test_charlie_sees_none(offer, alice_api, charlie_api):
    [row] = alice_api.get("/conversations/").json()["results"]
    assert charlie_api.get("/conversations/").json()["results"] == []
    assert charlie_api.get(f"/conversations/{row['id']}/events/").status_code == 404


def test_a_draft_is_nobodys_business(alice, bob):
    draft = create_proposal(by=alice, recipient="bob", terms=GIFT, draft=True)
    amend_draft(proposal_id=draft.pk, by=alice, changes={"message": "Soon"})
    assert not Conversation.objects.exists()
    cancel_trade(proposal_id=draft.pk, by=alice)
    assert not Conversation.objects.exists()
    kept = create_proposal(by=alice, recipient="bob", terms=GIFT, draft=True)
    send_draft(proposal_id=kept.pk, by=alice)
    assert lines() == [(1, "sent", kept.pk, "alice")]


def test_a_proposal_opens_the_conversation_at_no_ones_cost_and_brings_it_back(alice, bob):
    create_proposal(by=alice, recipient="bob", terms=GIFT)
    conversation = Conversation.objects.get()
    assert conversation.opened_by is None
    Conversation.objects.update(a_archived=True, b_archived=True)
    newer = create_proposal(by=bob, recipient="alice", terms=GIFT)
    conversation.refresh_from_db()
    assert (conversation.a_archived, conversation.b_archived) == (False, False)
    assert conversation.trade_proposal == newer


@pytest.mark.parametrize("blocker", ["alice", "bob"])
def test_what_a_block_ends_names_nobody(blocker, alice, bob, offer, alice_api, bob_api):
    partner = {"alice": "bob", "bob": "alice"}[blocker]
    block_user(username=partner, by={"alice": alice, "bob": bob}[blocker])
    assert lines()[1:] == [(2, "cancelled", offer.pk, None)]
    path = f"/conversations/{Conversation.objects.get().pk}/events/"
    hers, his = (api.get(path, after=1) for api in (alice_api, bob_api))
    assert hers.content == his.content
    assert hers.json()["results"][0]["message"]["trade"]["actor"] is None


class TestABatch:
    @pytest.fixture
    def offers(self, alice, bob, charlie) -> list[TradeProposal]:
        """Two between alice and bob, one of each with charlie."""
        pairs = [(alice, "bob"), (bob, "alice"), (alice, "charlie"), (charlie, "bob")]
        return [create_proposal(by=by, recipient=name, terms=GIFT) for by, name in pairs]

    def test_each_is_told_once_without_gaps(self, alice, bob, offers):
        with clock_moved(timedelta(days=8)):
            assert expire_overdue() == 4
            before = all_rows()
            assert expire_overdue() == 0
        assert all_rows() == before
        a_b = Conversation.objects.between(alice.pk, bob.pk).get()
        assert lines(a_b) == [
            (1, "sent", offers[0].pk, "alice"),
            (2, "sent", offers[1].pk, "bob"),
            (3, "expired", offers[0].pk, None),
            (4, "expired", offers[1].pk, None),
        ]
        for conversation in Conversation.objects.exclude(pk=a_b.pk):
            assert [line[:2] for line in lines(conversation)] == [(1, "sent"), (2, "expired")]
        for conversation in Conversation.objects.all():
            assert conversation.last_seq == conversation.events.count()

    def test_what_was_told_is_never_told_again(self, offers):
        """The database keeps it, should a listener ever be called twice."""
        from django.db import IntegrityError, transaction

        with clock_moved(timedelta(days=8)):
            expire_overdue()
        with pytest.raises(IntegrityError), transaction.atomic():
            follow_trades(kind=EventKind.EXPIRED, proposal_ids=[offers[0].pk])

    def test_it_costs_the_same_for_any_number(self, alice):
        def queries(count: int) -> int:
            for _ in range(count):
                create_proposal(by=UserFactory(), recipient="alice", terms=GIFT)
            with clock_moved(timedelta(days=8)), CaptureQueriesContext(connection) as captured:
                assert expire_overdue() == count
            return len(captured)

        assert queries(1) == queries(5)

    def test_offers_from_before_there_was_chat(self, alice, bob, offers):
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            for model in (ConversationEvent, Message, Conversation):
                model.objects.all().delete()
            cursor.execute("SET session_replication_role = DEFAULT")
        with clock_moved(timedelta(days=8)):
            expire_overdue()
        assert Conversation.objects.count() == 3
        assert lines(Conversation.objects.between(alice.pk, bob.pk).get()) == [
            (1, "expired", offers[0].pk, None),
            (2, "expired", offers[1].pk, None),
        ]


def test_the_frame_says_what_the_replay_says(alice, bob, offer, alice_api):
    """The frame of a batch is made without a model; it must not say anything else."""
    from messaging.documents import EventDocument, trade_frame

    line = Message.objects.select_related("trade_event").get()
    frame = trade_frame(line.pk, line.conversation_id, line.seq, "sent", offer.pk, "alice", line.created_at)
    path = f"/conversations/{line.conversation_id}/events/"
    assert alice_api.get(path).json()["results"] == [{k: v for k, v in frame.items() if k != "type"}]
    assert set(frame) == {"type", *EventDocument().fields}
