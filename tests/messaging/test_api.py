"""Chat over the API: who reads what, what each call answers, and what it costs."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from core.clock import clock_moved
from messaging.models import Conversation, ConversationEvent, Message
from messaging.services import delete_message, edit_message, mark_read, open_conversation, send_message
from tests.api import Program
from tests.factories import UserFactory
from trades.models import TradeProposal
from trades.services import accept_proposal

pytestmark = pytest.mark.django_db


def ids(response):
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


def seqs(response):
    assert response.status_code == 200, response.content
    return [row["seq"] for row in response.json()["results"]]


@pytest.fixture
def talk(say, chat, alice, bob) -> str:
    """Alice: one, two; bob: three. The address of their conversation."""
    for by, words in ((alice, "one"), (alice, "two"), (bob, "three")):
        say(by, words)
    return f"/conversations/{chat.pk}/"


class TestConversations:
    def test_the_document_of_each_side(self, alice_api, bob_api, talk, chat):
        hers, his = alice_api.get(talk).json(), bob_api.get(talk).json()
        chat.refresh_from_db()
        assert hers == {
            "id": chat.pk,
            "partner": {"username": "bob", "name": "bob", "tier": "new"},
            "trade_proposal": None,
            "last_seq": 3,
            "last_message_at": chat.last_message_at.isoformat().replace("+00:00", "Z"),
            "preview": "three",
            "unread": 1,
            "last_read_seq": 0,
            "partner_last_read_seq": 0,
            "archived": False,
            "muted": False,
            "is_open": True,
        }
        assert his == {**hers, "partner": {"username": "alice", "name": "alice", "tier": "new"}, "unread": 2}
        assert alice_api.get("/conversations/").json()["results"] == [hers]
        assert bob_api.get("/conversations/").json()["results"] == [his]

    def test_opening_gets_or_creates(self, alice_api, bob_api, bob):
        made = alice_api.post("/conversations/", {"with": "Bob"})
        again = alice_api.post("/conversations/", {"with": "bob"})
        his = bob_api.post("/conversations/", {"with": "alice"})
        assert [answer.status_code for answer in (made, again, his)] == [201, 200, 200]
        assert made.json() == again.json()
        assert his.json()["id"] == made.json()["id"] == Conversation.objects.get().pk
        assert made["Location"].endswith(f"/api/v1/conversations/{made.json()['id']}/")

    def test_an_empty_one_is_listed_for_who_opened_it(self, alice_api, bob_api, chat):
        assert ids(alice_api.get("/conversations/")) == [chat.pk]
        assert ids(bob_api.get("/conversations/")) == []

    def test_the_newest_message_first_in_pages(self, alice, alice_api, talks):
        made = talks(3)
        write(alice, made[0])
        expected = [made[0].pk, made[2].pk, made[1].pk]
        assert ids(alice_api.get("/conversations/")) == expected
        first = alice_api.get("/conversations/", page_size=2)
        rest = alice_api.client.get(first.json()["next"], headers=alice_api.headers)
        back = alice_api.client.get(rest.json()["previous"], headers=alice_api.headers)
        assert [ids(first), ids(rest), ids(back)] == [expected[:2], expected[2:], expected[:2]]

    def test_filters(self, alice, alice_api, bob, chat, talks):
        others = talks(2)
        write(bob, chat, "the [[Black Lotus]] is mine, 100%")
        alice_api.patch(f"/conversations/{others[0].pk}/", {"archived": True})

        def found(**query):
            return ids(alice_api.get("/conversations/", **query))

        assert found(archived="true") == [others[0].pk]
        assert found(archived="false") == [chat.pk, others[1].pk]
        assert found(unread="true") == [chat.pk]
        assert found(unread="false") == [others[1].pk, others[0].pk]
        assert found(q="black lotus") == found(q="100%") == found(q="BOB") == [chat.pk]
        assert found(q="b%l") == found(q="b_b") == found(q="\\") == []

    def test_putting_away_and_muting_is_ones_own(self, alice_api, bob_api, talk, bob, chat):
        changed = alice_api.patch(talk, {"archived": True, "muted": True}).json()
        assert (changed["archived"], changed["muted"]) == (True, True)
        his = bob_api.get(talk).json()
        assert (his["archived"], his["muted"]) == (False, False)
        assert alice_api.patch(talk, {"muted": False}).json()["archived"] is True
        write(bob, chat)
        assert alice_api.get(talk).json()["archived"] is False

    def test_reading_goes_only_forward_and_never_too_far(self, alice, alice_api, bob_api, talk, chat):
        def read(seq):
            answer = bob_api.post(f"{talk}read/", b'{"seq": %d}' % seq)
            assert answer.status_code == 200
            return answer.json()["last_read_seq"], answer.json()["unread"]

        assert [read(1), read(0), read(4), read(2**70), read(1)] == [(1, 1)] * 5
        assert read(3) == (3, 0)
        assert alice_api.get(talk).json()["partner_last_read_seq"] == 3
        newest_first = alice_api.get(f"{talk}messages/").json()["results"]
        assert [row["read_at"] is not None for row in newest_first] == [False, True, True]

    @pytest.mark.parametrize("hidden", ["alice", "bob"])
    def test_receipts_are_shown_by_both_or_to_nobody(
        self, hidden, alice, alice_api, bob, bob_api, talk, chat
    ):
        mark_read(conversation_id=chat.pk, by=bob, seq=3)
        mark_read(conversation_id=chat.pk, by=alice, seq=3)
        assert (alice_api.get(talk).json()["partner_last_read_seq"], told_read(alice_api, talk)) == (3, 2)
        User.objects.filter(username=hidden).update(shows_receipts=False)
        for api in (alice_api, bob_api):
            assert (api.get(talk).json()["partner_last_read_seq"], told_read(api, talk)) == (None, 0)


def told_read(api: Program, talk: str) -> int:
    rows = api.get(f"{talk}messages/").json()["results"]
    return len([row for row in rows if row["read_at"] is not None])


def write(by: User, conversation: Conversation, content: str = "Hi") -> Message:
    number = Message.objects.count()
    return send_message(conversation_id=conversation.pk, by=by, client_id=f"w{number}", content=content)[0]


class TestMessages:
    def test_the_document(self, alice_api, bob_api, talk, chat):
        made = alice_api.post(f"{talk}messages/", {"client_id": "x1", "content": " Hi \n"})
        message = Message.objects.latest("pk")
        moment = message.created_at.isoformat().replace("+00:00", "Z")
        assert made.status_code == 201
        assert made.json() == {
            "id": message.pk,
            "conversation": chat.pk,
            "seq": 4,
            "sender": "alice",
            "client_id": "x1",
            "content": " Hi \n",
            "attachment": None,
            "mentions": [],
            "warnings": [],
            "revisions": [],
            "trade": None,
            "created_at": moment,
            "edited_at": None,
            "deleted_at": None,
            "read_at": None,
        }
        for api in (alice_api, bob_api):
            assert api.get(f"{talk}messages/").json()["results"][0] == made.json()
            [event] = api.get(f"{talk}events/", after=3).json()["results"]
            assert event == {
                "conversation": chat.pk,
                "seq": 4,
                "kind": "created",
                "client_id": "x1",
                "message": made.json(),
            }

    def test_newest_first_before_a_number(self, alice_api, talk):
        path = f"{talk}messages/"
        assert seqs(alice_api.get(path)) == [3, 2, 1]
        assert seqs(alice_api.get(path, before=3)) == [2, 1]
        assert seqs(alice_api.get(path, before=0)) == seqs(alice_api.get(path, before=1)) == []
        assert seqs(alice_api.get(path, before=2**70)) == [3, 2, 1]
        page = alice_api.get(path, page_size=2)
        rest = alice_api.client.get(page.json()["next"], headers=alice_api.headers)
        assert (seqs(page), seqs(rest), rest.json()["next"]) == ([3, 2], [1], None)

    def test_search_takes_words_as_they_are(self, alice, alice_api, talk, say):
        say(alice, "50% of a_card \\ [[Mox]]")
        gone = say(alice, "fifty percent of a card")
        path = f"{talk}messages/"
        for words in ("50%", "A_CARD", "\\", "[[mox]]", "of a_card"):
            assert seqs(alice_api.get(path, q=words)) == [4], words
        for words in ("5%f", "a%card", "_", "%"):
            assert len(seqs(alice_api.get(path, q=words))) == (0 if len(words) > 1 else 1), words
        assert seqs(alice_api.get(path, q="percent")) == [5]
        delete_message(message_id=gone.pk, by=alice)
        assert seqs(alice_api.get(path, q="percent")) == []

    def test_a_replay_answers_with_what_is_stored(self, alice_api, talk):
        body = {"client_id": "x1", "content": "Once"}
        first, again = (alice_api.post(f"{talk}messages/", body) for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()
        other = alice_api.post(f"{talk}messages/", {**body, "content": "Twice"})
        assert (other.status_code, other.json()["code"]) == (409, "client_id_reused")
        assert Message.objects.filter(client_id="x1").count() == 1

    def test_an_idempotency_key_works_as_everywhere(self, alice_api, talk):
        body = {"client_id": "x1", "content": "Once"}
        answers = [alice_api.post(f"{talk}messages/", body, key="k1") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].content == answers[1].content
        other = alice_api.post(f"{talk}messages/", {**body, "content": "Twice"}, key="k1")
        assert (other.status_code, Message.objects.count()) == (422, 4)

    def test_editing_leaves_what_was_said_to_be_seen(self, alice_api, bob_api, talk):
        pk = alice_api.get(f"{talk}messages/").json()["results"][1]["id"]
        edited = alice_api.patch(f"/messages/{pk}/", {"content": "2"}).json()
        assert (edited["content"], edited["seq"], edited["edited_at"] is None) == ("2", 2, False)
        assert [earlier["content"] for earlier in edited["revisions"]] == ["two"]
        assert bob_api.get(f"{talk}messages/").json()["results"][1] == edited
        assert kinds(bob_api, talk) == [*[(n, "created") for n in (1, 2, 3)], (4, "edited")]

    def test_deleting_leaves_nothing_to_be_seen(self, alice_api, bob_api, talk):
        *_more, last = bob_api.get(f"{talk}events/").json()["results"]
        pk = last["message"]["id"]
        bob_api.patch(f"/messages/{pk}/", {"content": "threeandahalf"})
        answers = [bob_api.delete(f"/messages/{pk}/") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].json() == answers[1].json()
        for api in (alice_api, bob_api):
            shown = [
                api.get(path) for path in (talk, f"{talk}messages/", f"{talk}events/", "/conversations/")
            ]
            assert all(b"three" not in answer.content for answer in shown)
            assert api.get(talk).json()["preview"] == "two"
            assert kinds(api, talk)[3:] == [(4, "edited"), (5, "deleted")]
        gone = alice_api.get(f"{talk}messages/").json()["results"][0]
        assert (gone["content"], gone["revisions"], gone["deleted_at"] is None) == ("", [], False)
        assert Message.objects.get(pk=pk).content == "threeandahalf"  # for moderators

    def test_what_hangs_on_a_message(self, alice_api, offer: TradeProposal, bolt, chat):
        path = f"/conversations/{chat.pk}/messages/"

        def attached(kind, pk):
            body = {"client_id": kind, "attachment_type": kind, "attachment_id": pk}
            return alice_api.post(path, body).json()["attachment"]

        card = bolt.card
        assert attached("card", card.pk) == {
            "type": "card",
            "id": card.pk,
            "url": f"/cards/{card.pk}/",
            "name": "Lightning Bolt",
        }
        assert attached("trade_proposal", offer.pk) == {
            "type": "trade_proposal",
            "id": offer.pk,
            "url": f"/trades/{offer.pk}/",
            "name": "",
        }

    def test_mentions_and_warnings(self, alice_api, bolt, talk):
        words = "[[lightning bolt]] by paypal to me@example.com, not [[Nothing]]"
        made = alice_api.post(f"{talk}messages/", {"client_id": "x", "content": words}).json()
        assert made["mentions"] == [
            {
                "text": "[[lightning bolt]]",
                "card": bolt.card_id,
                "name": "Lightning Bolt",
                "url": f"/cards/{bolt.card_id}/",
            }
        ]
        assert made["warnings"] == ["email", "payment"]

    def test_markup_stays_text(self, alice_api, bob_api, talk):
        words = "<script>alert(1)</script> javascript:alert(1) \u202e"
        made = alice_api.post(f"{talk}messages/", {"client_id": "x", "content": words})
        assert made.json()["content"] == words
        assert bob_api.get(f"{talk}messages/").json()["results"][0]["content"] == words


def kinds(api: Program, talk: str) -> list[tuple[int, str]]:
    return [(row["seq"], row["kind"]) for row in api.get(f"{talk}events/").json()["results"]]


class TestEvents:
    def test_a_cursor_replays_everything_without_gaps(self, alice, bob, alice_api, talk, chat, offer):
        accept_proposal(proposal_id=offer.pk, by=bob)
        first = Message.objects.get(seq=1)
        edit_message(message_id=first.pk, by=alice, content="1")
        delete_message(message_id=first.pk, by=alice)
        expected = [
            *[(n, "created") for n in (1, 2, 3)],
            (4, "trade"),
            (5, "trade"),
            (6, "edited"),
            (7, "deleted"),
        ]
        assert kinds(alice_api, talk) == expected
        path = f"{talk}events/"
        assert seqs(alice_api.get(path, after=4)) == [5, 6, 7]
        assert seqs(alice_api.get(path, after=7)) == seqs(alice_api.get(path, after=2**70)) == []
        walked: list[int] = []
        after = 0
        while page := seqs(alice_api.get(path, after=after, page_size=3)):
            walked, after = walked + page, page[-1]
        assert walked == [1, 2, 3, 4, 5, 6, 7]
        news = [row["message"]["trade"] for row in alice_api.get(path, after=3).json()["results"][:2]]
        assert news == [
            {"kind": "sent", "proposal": offer.pk, "actor": "alice"},
            {"kind": "accepted", "proposal": offer.pk, "actor": "bob"},
        ]


@pytest.fixture
def talks(alice: User) -> Callable[[int], list[Conversation]]:
    """So many conversations of alice's, each with a line of hers and an edited one of a partner of its own."""

    def make(count: int) -> list[Conversation]:
        made = []
        for _ in range(count):
            partner = UserFactory()
            conversation, _is_new = open_conversation(username=partner.username, by=alice)
            edited = write(partner, conversation)
            edit_message(message_id=edited.pk, by=partner, content="[[Lightning Bolt]]?")
            mark_read(conversation_id=conversation.pk, by=alice, seq=2)
            write(alice, conversation)
            mark_read(conversation_id=conversation.pk, by=partner, seq=3)
            made.append(conversation)
        return made

    return make


class TestQueries:
    """The token's look-up is one of them."""

    def test_the_list_costs_the_same_for_1_and_3_rows(self, alice, alice_api, bolt, talks):
        alice_api.get("/conversations/")
        talks(1)
        one = count(lambda: alice_api.get("/conversations/"))
        talks(2)
        assert (one, count(lambda: alice_api.get("/conversations/"))) == (4, 4)  # rows, unread, clock

    @pytest.mark.parametrize(("path", "queries"), [("messages", 7), ("events", 7)])
    def test_so_do_messages_and_events(self, path, queries, alice, alice_api, bolt, talks):
        alice_api.get("/conversations/")
        [conversation] = talks(1)
        address = f"/conversations/{conversation.pk}/{path}/"
        few = count(lambda: alice_api.get(address))
        partner = conversation.partner_of(alice.pk)
        for _ in range(2):
            edited = write(partner, conversation)
            edit_message(message_id=edited.pk, by=partner, content="[[Lightning Bolt]]!")
            write(alice, conversation)
        # The conversation, rows, cards, revisions; for the receipts the clock, a block.
        assert (few, count(lambda: alice_api.get(address))) == (queries, queries)


def count(call: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def test_a_token_without_the_scope_reads_no_chat(alice, talk):
    program = Program(alice, ["read", "trade", "binder"])
    assert program.get("/trades/").status_code == 200
    pk = Message.objects.latest("pk").pk
    for call in (
        lambda: program.get("/conversations/"),
        lambda: program.post("/conversations/", {"with": "bob"}),
        lambda: program.get(talk),
        lambda: program.patch(talk, {"muted": True}),
        lambda: program.get(f"{talk}messages/"),
        lambda: program.post(f"{talk}messages/", {"client_id": "x", "content": "x"}),
        lambda: program.get(f"{talk}events/"),
        lambda: program.post(f"{talk}read/", {"seq": 1}),
        lambda: program.patch(f"/messages/{pk}/", {"content": "x"}),
        lambda: program.delete(f"/messages/{pk}/"),
    ):
        answer = call()
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
    assert ConversationEvent.objects.count() == 3


def test_a_browsers_session_will_do(alice_page, talk):
    assert alice_page.get(f"/api/v1{talk}messages/").status_code == 200


def test_an_edit_comes_too_late_after_15_minutes(alice_api, talk):
    pk = alice_api.get(f"{talk}messages/").json()["results"][2]["id"]
    with clock_moved(timedelta(minutes=14, seconds=50)):
        assert alice_api.patch(f"/messages/{pk}/", {"content": "1"}).status_code == 200
    with clock_moved(timedelta(minutes=15, seconds=1)):
        answer = alice_api.patch(f"/messages/{pk}/", {"content": "uno"})
        assert (answer.status_code, answer.json()["code"]) == (409, "too_late")
        assert alice_api.delete(f"/messages/{pk}/").status_code == 200
