"""The pages of chat, as a browser without scripts uses them."""

import re
from datetime import timedelta

import pytest

from accounts.models import Block, User
from accounts.services import block_user
from core.clock import database_now
from messaging.models import Conversation, Message
from messaging.services import send_message
from tests.budget import KB, on_the_wire, static_file
from tests.factories import CardFactory, UserFactory
from tests.forms import form_to, form_with, forms_in

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}


def text(response, status=200):
    assert response.status_code == status, response.status_code
    return response.content.decode()


def field_of(response):
    """The form one writes in."""
    (found,) = [form for form in forms_in(response) if form.values("content")]
    return found


def write(client, path, content):
    return field_of(client.get(path)).press(client, content=content)


def without_tokens(page: str) -> str:
    """What differs between any two answers: the tokens of forms, and the id of the next message."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)
    return re.sub(r'name="client_id" value="\w+"', "", page)


class TestList:
    def test_says_where_chat_starts(self, alice_page):
        page = text(alice_page.get("/inbox/"))
        assert "Chat starts with a proposal" in page
        assert 'href="/matches/"' in page

    def test_who_wrote_what_and_what_is_unread(
        self, say, alice, bob, charlie, alice_page, bob_page, charlie_page
    ):
        say(alice, "Hello")
        say(alice, "Still there?")
        page = text(bob_page.get("/inbox/"))
        assert page.count('class="row talk unread"') == 1
        assert re.search(r'class="count new">2<', page)
        assert "Still there?" in page
        assert "You: " not in page
        assert "You: Still there?" in text(alice_page.get("/inbox/"))
        assert "Still there?" not in text(charlie_page.get("/inbox/"))

    def test_newest_first_at_the_same_cost(self, alice, alice_page, django_assert_num_queries):
        def chat_with(name):
            partner = UserFactory(username=name)
            conversation = Conversation.objects.create(
                user_a=alice, user_b=partner, last_seq=0, opened_by=alice,
                last_message_at=alice.date_joined, created_at=alice.date_joined,
            )  # fmt: skip
            send_message(conversation_id=conversation.pk, by=partner, client_id=name, content=f"I am {name}")

        chat_with("dora")
        alice_page.get("/inbox/")
        with django_assert_num_queries(LIST_QUERIES):
            alice_page.get("/inbox/")
        chat_with("emil")
        chat_with("fritz")
        with django_assert_num_queries(LIST_QUERIES):
            alice_page.get("/inbox/")
        page = text(alice_page.get("/inbox/"))
        assert re.findall(r"I am (\w+)", page) == ["fritz", "emil", "dora"]

    def test_put_away_muted_and_back(self, path, say, alice, alice_page, bob, bob_page):
        say(bob, "Hello")
        sort = form_with(alice_page.get(path), "to")
        assert sort.names_of_buttons() == {"to"}
        assert sort.press(alice_page, "to", "mute")["Location"] == path
        assert "muted" in text(alice_page.get("/inbox/"))
        assert alice_page.get("/inbox/unread/").content == b"0"
        assert (
            form_with(alice_page.get(path), "to").press(alice_page, "to", "archive")["Location"] == "/inbox/"
        )
        assert path not in text(alice_page.get("/inbox/"))
        assert f'href="{path}"' in text(alice_page.get("/inbox/archived/"))
        assert f'href="{path}"' in text(bob_page.get("/inbox/"))
        form_with(alice_page.get(path), "to").press(alice_page, "to", "bring-back")
        assert f'href="{path}"' in text(alice_page.get("/inbox/"))

    def test_the_number_in_the_navigation(self, path, say, alice, bob_page):
        assert "data-unread-chats hidden>0<" in text(bob_page.get("/help/"))
        say(alice, "Hello")
        assert text(bob_page.get("/help/")).count("data-unread-chats>1<") == 2
        assert bob_page.get("/inbox/unread/").content == b"1"

    def test_a_guest_is_sent_to_sign_in(self, path, client):
        assert client.get("/inbox/").status_code == 302
        assert client.get(path).status_code == 302


class TestStrangers:
    def test_see_nothing(self, path, chat, say, alice, alice_page, charlie_page):
        message = say(alice, "Just for you")
        for address in (
            path,
            f"{path}since/?after=0",
            f"{path}attach/",
            f"{path}pinned/",
            f"/inbox/messages/{message.pk}/",
        ):
            assert alice_page.get(address).status_code == 200, address
            assert charlie_page.get(address).status_code == 404, address
        posts = [
            (path, {"client_id": "x", "content": "Me too"}), (f"{path}read/", {"seq": 1}), (f"{path}sort/", {"to": "mute"}),
            (f"{path}sort/", {}), (f"{path}photo/", {}), (f"/inbox/messages/{message.pk}/", {"content": "Changed"}),
            (f"/inbox/messages/{message.pk}/delete/", {}),
        ]  # fmt: skip
        for address, data in posts:
            assert charlie_page.post(address, data).status_code == 404, address
        assert Message.objects.count() == 1

    @pytest.mark.parametrize("number", ["999999", "9" * 25])
    def test_like_one_that_never_was(self, path, charlie_page, number):
        unknown, strange = charlie_page.get(f"/inbox/{number}/"), charlie_page.get(path)
        assert (unknown.status_code, strange.status_code) == (404, 404)
        assert text(unknown, 404).replace(f"/inbox/{number}/", "") == text(strange, 404).replace(path, "")

    def test_find_nothing(self, say, alice, bob_page, charlie_page):
        say(alice, "The password is swordfish")
        assert "<mark>swordfish</mark>" in text(bob_page.get("/inbox/?q=swordfish"))
        assert "<mark>" not in text(charlie_page.get("/inbox/?q=swordfish"))

    def test_of_who_is_silenced_no_new_name(self, say, alice, bob, bob_page):
        say(alice, "Hello")
        User.objects.filter(pk=alice.pk).update(display_name="Queen Marchesa")
        assert "Queen Marchesa" in text(bob_page.get("/inbox/?q=marchesa"))
        block_user(username="bob", by=alice)
        assert "Nothing found" in text(bob_page.get("/inbox/?q=marchesa"))
        assert "Nothing found" not in text(bob_page.get("/inbox/?q=ALIC"))

    def test_of_a_partner_s_message_one_sees_only_its_history(self, say, alice, bob_page):
        message = say(alice, "Hello")
        address = f"/inbox/messages/{message.pk}/"
        assert form_to_none(bob_page.get(address), address)
        assert bob_page.post(address, {"content": "Mine"}).status_code == 422
        assert bob_page.post(f"{address}delete/").status_code == 403


def form_to_none(response, ending) -> bool:
    return not [form for form in forms_in(response) if form.action.endswith(ending)]


class TestWriting:
    def test_a_message_is_posted_and_both_read_it(self, path, alice_page, bob_page):
        answer = write(alice_page, path, "Hello bob\r\nsecond line")
        assert (answer.status_code, answer["Location"]) == (303, path)
        assert [m.content for m in Message.objects.all()] == ["Hello bob\nsecond line"]
        assert 'class="said mine"' in text(alice_page.get(path))
        theirs = text(bob_page.get(path))
        assert "Hello bob" in theirs
        assert 'class="said"' in theirs

    def test_a_form_pressed_twice_sends_once(self, path, alice_page):
        form = field_of(alice_page.get(path))
        assert [form.press(alice_page, content="Once").status_code for _ in range(2)] == [303, 303]
        assert Message.objects.count() == 1

    def test_a_form_that_was_used_for_other_words_starts_anew(self, path, alice_page):
        form = field_of(alice_page.get(path))
        form.press(alice_page, content="First")
        refused = form.press(alice_page, content="Second")
        assert refused.status_code == 409
        again = field_of(refused)
        assert again.value("content") == "Second"
        assert again.press(alice_page).status_code == 303
        assert [m.content for m in Message.objects.all()] == ["First", "Second"]

    @pytest.mark.parametrize(
        "content",
        ["", "  ", "\u200b\u2060", "x" * 4_001, "a\x00b"],
        ids=["empty", "spaces", "invisible", "long", "nul"],
    )
    def test_what_cannot_be_a_message_stays_in_the_form(self, path, alice_page, content):
        answer = write(alice_page, path, content)
        page = text(answer, 422)
        assert 'aria-invalid="true"' in page
        assert 'id="id_content_error"' in page
        assert not Message.objects.exists()

    def test_4000_characters_fit_however_lines_end(self, path, alice_page):
        assert write(alice_page, path, "a\r\n" * 2_000).status_code == 303

    def test_a_script_is_answered_without_a_page(self, path, alice_page):
        data = {"client_id": "abc", "content": "Hi"}
        sent = alice_page.post(path, data, headers=PART)
        assert (sent.status_code, sent["HX-Trigger"], sent.content) == (204, "chat:written", b"")
        refused = alice_page.post(path, data | {"content": "Ho"}, headers=PART)
        assert (refused.status_code, text(refused, 409).strip()) == (
            409,
            "This client_id was used for another message.",
        )
        assert alice_page.post(path, {"client_id": "n", "content": " "}, headers=PART).status_code == 422

    @pytest.mark.parametrize(
        ("kind", "number"),
        [("card", "999"), ("card", ""), ("", "7"), ("coin", "7"), ("card", "9" * 30), ("image", "1")],
    )
    def test_what_is_not_there_cannot_be_shown(self, path, alice_page, kind, number):
        data = {"client_id": "x", "attachment_type": kind, "attachment_id": number}
        assert alice_page.post(path, data).status_code in (403, 422)
        assert not Message.objects.exists()

    def test_who_answers_has_read(self, path, say, bob, chat, alice, alice_page):
        say(bob, "Hello")
        write(alice_page, path, "Hello yourself")
        chat.refresh_from_db()
        assert (chat.is_unread_by(alice.pk), chat.last_read_by(alice.pk)) == (False, 1)

    def test_read_by_a_button(self, path, say, bob, chat, alice, alice_page):
        say(bob, "Hello")
        alice_page.get(path)
        chat.refresh_from_db()
        assert chat.is_unread_by(alice.pk)
        form = form_to(alice_page.get(path), "/read/")
        assert form.press(alice_page)["Location"] == path
        chat.refresh_from_db()
        assert not chat.is_unread_by(alice.pk)
        assert alice_page.post(f"{path}read/", {"seq": "-1"}).status_code == 400

    def test_html_stays_text(self, path, say, alice, bob_page):
        User.objects.filter(pk=alice.pk).update(display_name="\"><script>alert(1)</script>'")
        say(alice, '<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) "quoted"')
        say(alice, 'javascript:alert(1) https://example.com/?a="><script>')
        page = text(bob_page.get(path))
        assert "<script>" not in page
        assert "<img src=x" not in page
        assert 'href="javascript:' not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        for other in ("/inbox/", "/inbox/?q=script", f"{path}?q=script", f"{path}since/?after=0"):
            assert "<script>alert" not in text(bob_page.get(other))


class TestClosed:
    def test_one_neutral_sentence_whoever_blocked(self, path, say, alice, bob, bob_page):
        say(alice, "Hello")
        say(bob, "Hello")
        open_ = text(bob_page.get(path))
        assert 'id="compose"' in open_
        block_user(username="bob", by=alice)
        by_alice = without_tokens(text(bob_page.get(path)))
        unblock(alice)
        block_user(username="alice", by=bob)
        by_bob = without_tokens(text(bob_page.get(path)))
        assert by_alice == by_bob
        assert "This conversation takes no new messages." in by_bob
        assert 'id="compose"' not in by_bob
        assert "Hello" in by_bob

    def test_like_somebody_suspended(self, path, say, alice, bob, bob_page):
        say(alice, "Hello")
        block_user(username="bob", by=alice)
        blocked = without_tokens(text(bob_page.get(path)))
        unblock(alice)
        User.objects.filter(pk=alice.pk).update(suspended_until=database_now() + timedelta(days=3))
        assert without_tokens(text(bob_page.get(path))) == blocked

    def test_what_is_sent_all_the_same(self, path, chat, alice, bob_page, bob):
        form = field_of(bob_page.get(path))
        block_user(username="bob", by=alice)
        refused = form.press(bob_page, content="Hello?")
        assert "This conversation takes no new messages." in text(refused, 403)
        assert not Message.objects.exists()
        part = bob_page.get(f"{path}since/?after=0")
        assert 'id="closed"' in text(part)


def unblock(user: User) -> None:
    Block.objects.filter(blocker=user).delete()


class TestBeginning:
    def test_from_a_profile(self, alice_page, bob, alice):
        address = "/inbox/with/bob/"
        assert f'hx-get="{address}"' in text(alice_page.get("/u/bob/"))
        part = alice_page.get(address, headers=PART)
        assert "<html" not in text(part)
        assert "Start a conversation" in text(alice_page.get(address))
        begun = form_to(part, address).press(alice_page)
        chat = Conversation.objects.get()
        assert (begun.status_code, begun["Location"]) == (303, chat.get_absolute_url())
        assert alice_page.get(address)["Location"] == chat.get_absolute_url()
        send_message(conversation_id=chat.pk, by=bob, client_id="1", content="Hi")
        part = text(alice_page.get(address, headers=PART))
        assert "Chat with bob" in part
        assert 'class="count new">1<' in part

    @pytest.mark.parametrize("name", ["alice", "nobody"])
    def test_with_nobody(self, alice_page, name):
        assert alice_page.get(f"/inbox/with/{name}/").status_code == 404
        assert alice_page.post(f"/inbox/with/{name}/").status_code == 404

    def test_with_whom_one_is_blocked(self, alice, bob, bob_page):
        block_user(username="bob", by=alice)
        assert bob_page.get("/inbox/with/alice/").status_code == 404
        assert bob_page.post("/inbox/with/alice/").status_code == 404

    def test_too_many_in_a_day(self, alice, bob_page, bob, monkeypatch):
        monkeypatch.setattr("messaging.services.opening._allowed", lambda *_: 1)
        Conversation.objects.create(
            user_a=min(bob, UserFactory(), key=lambda u: u.pk), user_b=max(bob, User.objects.latest("pk"), key=lambda u: u.pk),
            opened_by=bob, last_message_at=bob.last_seen, created_at=bob.last_seen,
        )  # fmt: skip
        refused = bob_page.post("/inbox/with/alice/")
        assert "A higher trust tier raises this limit." in text(refused, 429)

    def test_beside_a_trade(self, offer, alice, alice_page, bob_page, charlie_page):
        address = f"/inbox/trade/{offer.pk}/"
        assert f'hx-get="{address}"' in text(bob_page.get(f"/trades/{offer.pk}/"))
        chat = Conversation.objects.get()
        send_message(conversation_id=chat.pk, by=alice, client_id="1", content="What do you think?")
        part = text(bob_page.get(address, headers=PART))
        assert "What do you think?" in part
        assert 'class="count new">1<' in part
        assert bob_page.get(address)["Location"] == chat.get_absolute_url()
        assert charlie_page.get(address).status_code == 404


class TestCosts:
    def fill(self, say, alice, bob, count):
        CardFactory(name="Lightning Bolt")
        for n in range(count):
            say(
                (alice, bob)[n % 3 == 0],
                f"Message {n} about [[Lightning Bolt]] and how much it is worth these days",
            )

    @pytest.mark.parametrize("count", [1, 3, 50])
    def test_queries_do_not_grow(self, path, say, alice, bob, alice_page, count, django_assert_num_queries):
        self.fill(say, alice, bob, count)
        with django_assert_num_queries(PAGE_QUERIES):
            alice_page.get(path)
        with django_assert_num_queries(PAGE_QUERIES):
            alice_page.get(path)

    def test_the_script_keeps_to_its_budget(self):
        names = ["js/chat.js", "js/live.js", "js/tradepost.js", "django_htmx/htmx-2.min.js"]
        chat, live, *others = [on_the_wire(static_file(name).read_bytes()) for name in names]
        assert chat + live <= 8 * KB
        assert chat + live + sum(others) <= 28 * KB

    def test_50_messages_fit_the_budget(self, offer, alice, bob, bob_page):
        chat = Conversation.objects.get()
        for n in range(60):
            words = (
                f"Message {n}: would you take {n} dollars less for the {n}th card of my binder, if I add one?"
            )
            send_message(
                conversation_id=chat.pk, by=(alice, bob)[n % 3 == 0], client_id=f"c{n}", content=words
            )
        page = bob_page.get(chat.get_absolute_url()).content
        assert page.count(b"data-seq=") == 50
        assert on_the_wire(page) <= 14 * KB
        assert on_the_wire(bob_page.get("/inbox/").content) <= 14 * KB


# session, user, two badges; then the conversations, their unread, the clock, who is here
LIST_QUERIES = 8
PAGE_QUERIES = 10
