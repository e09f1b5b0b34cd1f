"""What the verbs keep to: who may begin and go on, limits, notices, replays, words that are gone."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.services import block_user
from core.clock import clock_moved, database_now
from messaging.errors import MessagingError
from messaging.models import Attachment, Conversation, ConversationEvent, Message, Revision
from messaging.services import (
    delete_message,
    edit_message,
    mark_read,
    open_conversation,
    send_message,
    sort_conversation,
)
from messaging.services.opening import use_of_limits
from messaging.services.sending import Attached
from notifications.models import Notification
from tests.factories import UserFactory
from tests.messaging.rows import all_rows

pytestmark = pytest.mark.django_db


def refusal(call, **kwargs) -> tuple[int, str]:
    before = all_rows()
    with pytest.raises(MessagingError) as caught:
        call(**kwargs)
    assert all_rows() == before
    return caught.value.status, caught.value.code


def notices(user: User) -> list[bool]:
    """Of each notice about chat: whether it is read."""
    rows = Notification.objects.filter(user=user, category="messages").order_by("pk")
    return [row.read_at is not None for row in rows]


class TestBeginning:
    def test_the_restricted_go_on_but_begin_nothing(self, alice, bob, charlie, chat):
        User.objects.filter(pk=alice.pk).update(restricted_until=database_now() + timedelta(days=1))
        assert refusal(open_conversation, username="charlie", by=alice) == (403, "restricted")
        assert open_conversation(username="bob", by=alice) == (chat, False)
        sent, _is_new = send_message(conversation_id=chat.pk, by=alice, client_id="c", content="Hi")
        edit_message(message_id=sent.pk, by=alice, content="Ho")

    def test_the_unverified_begin_and_write_nothing(self, bob, chat):
        erin = UserFactory(username="erin", verified=False)
        assert refusal(open_conversation, username="bob", by=erin) == (403, "email_not_verified")
        bob.emailaddress_set.update(verified=False)
        sending = {"conversation_id": chat.pk, "by": bob, "client_id": "c", "content": "Hi"}
        assert refusal(send_message, **sending) == (403, "email_not_verified")

    def test_five_new_ones_in_24_hours(self, alice):
        others = [UserFactory() for _ in range(8)]
        start = database_now()
        for hour, other in enumerate(others[:5]):
            with clock_moved(timedelta(hours=hour)):
                open_conversation(username=other.username, by=alice)
        with clock_moved(timedelta(hours=5)):
            before = all_rows()
            with pytest.raises(MessagingError) as caught:
                open_conversation(username=others[5].username, by=alice)
            error = caught.value
            assert (error.status, error.code, error.extra["limit"]) == (
                429,
                "limit_reached",
                "new_conversations",
            )
            assert 19 * 3600 - 60 < error.retry_after <= 19 * 3600
            assert all_rows() == before
            assert open_conversation(username=others[0].username, by=alice)[1] is False
            assert use_of_limits(alice) == {"new_conversations": (5, 5)}
            # Who is written to has begun nothing.
            assert open_conversation(username="alice", by=others[6])[1] is True
        with clock_moved(timedelta(hours=24)):
            assert open_conversation(username=others[5].username, by=alice)[1] is True
            assert refusal(open_conversation, username=others[7].username, by=alice)[0] == 429
        assert database_now() > start

    def test_after_a_fall_in_tier_it_takes_longer(self, alice):
        User.objects.filter(pk=alice.pk).update(trust_tier="bronze")
        alice.refresh_from_db()
        for hour in range(7):
            with clock_moved(timedelta(hours=hour)):
                open_conversation(username=UserFactory().username, by=alice)
        User.objects.filter(pk=alice.pk).update(trust_tier="new")
        with clock_moved(timedelta(hours=7)), pytest.raises(MessagingError) as caught:
            open_conversation(username=UserFactory().username, by=alice)
        assert 19 * 3600 - 60 < caught.value.retry_after <= 19 * 3600  # the third leaves the window

    def test_partners_of_a_live_trade_are_exempt(self, alice, bob, offer):
        # As of before there was chat: the trade is there, its conversation is not.
        for model in (ConversationEvent, Message, Conversation):
            with connection.cursor() as cursor:
                cursor.execute("SET session_replication_role = replica")
                model.objects.all().delete()
                cursor.execute("SET session_replication_role = DEFAULT")
        for _ in range(5):
            open_conversation(username=UserFactory().username, by=alice)
        assert refusal(open_conversation, username=UserFactory().username, by=alice)[0] == 429
        assert open_conversation(username="bob", by=alice)[1] is True


class TestSending:
    def test_a_minute_takes_so_many(self, settings, chat, alice, bob, say):
        settings.MESSAGES_PER_MINUTE = 3
        message = say(alice)
        say(alice)
        edit_message(message_id=message.pk, by=alice, content="Edited")
        sending = {"conversation_id": chat.pk, "by": alice, "client_id": "more", "content": "Hi"}
        before = all_rows()
        with pytest.raises(MessagingError) as caught:
            send_message(**sending)
        assert (caught.value.status, caught.value.code) == (429, "too_many_messages")
        assert 1 <= caught.value.retry_after <= 60
        assert all_rows() == before
        assert refusal(edit_message, message_id=message.pk, by=alice, content="x")[0] == 429
        delete_message(message_id=message.pk, by=alice)  # one may always take back
        say(bob)

    def test_one_notice_until_all_is_read(self, chat, alice, bob, say):
        for _ in range(3):
            say(alice)
        assert notices(bob) == [False]
        mark_read(conversation_id=chat.pk, by=bob, seq=2)
        assert notices(bob) == [False]  # the third is not read
        mark_read(conversation_id=chat.pk, by=bob, seq=3)
        assert notices(bob) == [True]
        say(alice)
        assert notices(bob) == [True, False]
        assert notices(alice) == []

    def test_a_muted_one_is_quiet(self, chat, alice, bob, say):
        sort_conversation(conversation_id=chat.pk, by=bob, muted=True)
        say(alice)
        assert notices(bob) == []
        sort_conversation(conversation_id=chat.pk, by=bob, muted=False)
        say(alice)
        assert notices(bob) == [False]

    def test_a_new_line_brings_it_back_a_change_does_not(self, chat, alice, bob, say):
        message = say(alice)
        for by in (alice, bob):
            sort_conversation(conversation_id=chat.pk, by=by, archived=True)
        edit_message(message_id=message.pk, by=alice, content="Ho")
        chat.refresh_from_db()
        assert (chat.a_archived, chat.b_archived) == (True, True)
        say(bob)
        chat.refresh_from_db()
        assert (chat.a_archived, chat.b_archived) == (False, False)

    def test_text_that_shows_as_nothing_is_nothing(self, chat, alice, bolt, say):
        card = Attached(Attachment.CARD, bolt.card_id)
        message = say(alice, "\u200b \n", attached=card)
        assert message.content == ""


class TestReplays:
    @pytest.fixture
    def first(self, chat, alice, say):
        return say(alice, "Once", client_id="same")

    def again(self, chat, alice, content="Once", **options):
        return send_message(conversation_id=chat.pk, by=alice, client_id="same", content=content, **options)

    def test_after_an_edit_the_first_words_count(self, chat, alice, first):
        edit_message(message_id=first.pk, by=alice, content="Twice")
        edit_message(message_id=first.pk, by=alice, content="Thrice")
        found, is_new = self.again(chat, alice)
        assert (found.pk, is_new, found.content) == (first.pk, False, "Thrice")
        assert refusal(self.again, chat=chat, alice=alice, content="Thrice") == (409, "client_id_reused")

    def test_after_a_deletion_it_stays_deleted(self, chat, alice, first):
        delete_message(message_id=first.pk, by=alice)
        found, is_new = self.again(chat, alice)
        assert (found.pk, is_new, found.deleted_at is None) == (first.pk, False, False)
        assert ConversationEvent.objects.count() == 2

    def test_elsewhere_it_is_refused(self, chat, alice, charlie, first):
        other, _is_new = open_conversation(username="charlie", by=alice)
        assert refusal(self.again, chat=other, alice=alice) == (409, "client_id_reused")

    def test_with_something_attached_it_is_another(self, chat, alice, bolt, first):
        card = Attached(Attachment.CARD, bolt.card_id)
        assert refusal(self.again, chat=chat, alice=alice, attached=card) == (409, "client_id_reused")

    def test_the_partners_ids_are_the_partners(self, chat, bob, first, say):
        assert say(bob, "Once", client_id="same").pk != first.pk

    def test_it_costs_nothing_of_the_rate(self, settings, chat, alice, first):
        settings.MESSAGES_PER_MINUTE = 1
        for _ in range(3):
            assert self.again(chat, alice)[1] is False


class TestChanging:
    def test_the_same_again_is_nothing(self, alice, say):
        message = say(alice, "Hi")
        before = all_rows()
        edit_message(message_id=message.pk, by=alice, content="Hi")
        assert all_rows() == before

    def test_a_deleted_one_is_not_edited(self, alice, say):
        message = say(alice)
        delete_message(message_id=message.pk, by=alice)
        assert refusal(edit_message, message_id=message.pk, by=alice, content="x") == (409, "deleted")

    def test_what_is_gone_is_not_unread(self, chat, alice, bob, say):
        kept, gone = say(alice, "Kept"), say(alice, "Gone")
        mark_read(conversation_id=chat.pk, by=bob, seq=kept.seq)
        delete_message(message_id=gone.pk, by=alice)
        chat.refresh_from_db()
        assert (chat.is_unread_by(bob.pk), chat.preview, chat.a_last_sent_seq) == (False, "Kept", 1)
        delete_message(message_id=kept.pk, by=alice)
        chat.refresh_from_db()
        assert (chat.preview, chat.a_last_sent_seq, chat.last_seq) == ("", 0, 4)

    def test_the_text_and_its_past_are_kept_for_moderators(self, alice, say):
        message = say(alice, "One")
        edit_message(message_id=message.pk, by=alice, content="Two")
        delete_message(message_id=message.pk, by=alice)
        assert Message.objects.get().content == "Two"
        assert [revision.content for revision in Revision.objects.all()] == ["One"]


def test_the_log_is_never_rewritten(say, alice):
    from django.db import DatabaseError, transaction

    say(alice)
    for change in (
        lambda: ConversationEvent.objects.update(seq=7),
        lambda: ConversationEvent.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_block_ends_it_at_once(chat, alice, bob, say):
    say(alice)
    block_user(username="alice", by=bob)
    sending = {"conversation_id": chat.pk, "client_id": "late", "content": "Hi"}
    for by in (alice, bob):
        assert refusal(send_message, by=by, **sending) == (403, "conversation_closed")


class TestQueriesOfASend:
    """The people, the conversation with what is known of it; the message; the notice until it is read."""

    def count(self, say, alice, *args, **kwargs) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            say(alice, *args, **kwargs)
        return [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]

    def test_plain(self, alice, say):
        assert len(self.count(say, alice)) == 4
        assert len(self.count(say, alice)) == 3  # bob has a notice of it

    def test_with_a_mention(self, alice, bolt, say):
        assert len(self.count(say, alice, "[[Lightning Bolt]] [[Mox Opal]] [[Nothing]]")) == 5

    def test_with_a_card(self, alice, bolt, say):
        assert len(self.count(say, alice, attached=Attached(Attachment.CARD, bolt.card_id))) == 6

    def test_with_a_trade(self, alice, offer, say):
        attached = Attached(Attachment.TRADE, offer.pk)
        assert len(self.count(say, alice, attached=attached)) == 5

    def test_in_a_long_conversation(self, alice, bob, say):
        for _ in range(20):
            say(bob)
        assert len(self.count(say, alice)) == 4
