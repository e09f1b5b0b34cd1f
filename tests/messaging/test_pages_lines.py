"""What a page of a conversation shows: its lines, what is new since, its trade, what can be attached."""

import re
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import User
from core.clock import clock_moved
from messaging.models import Attachment, Conversation, Message
from messaging.services import delete_message, edit_message, mark_read
from messaging.services.changing import EDITABLE
from messaging.services.sending import Attached
from tests.factories import CardFactory
from tests.forms import form_to, forms_in
from tests.messaging.test_pages import form_to_none, text
from trades.services import accept_proposal, create_proposal
from trades.terms import Line, Terms

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}


class TestLines:
    def test_days_and_breaths(self, path, say, alice, bob, alice_page):
        with clock_moved(timedelta(days=-3)):
            say(bob, "Long ago")
        say(bob, "One")
        say(bob, "Two")
        say(alice, "Three")
        page = text(alice_page.get(path))
        assert page.count('class="day"') == 2
        assert re.findall(r'class="(said[ \w]*)" id="m(\d)"', page) == [
            ("said", "1"), ("said", "2"), ("said grouped", "3"), ("said mine", "4"),
        ]  # fmt: skip

    def test_receipts(self, path, chat, say, alice, bob, alice_page):
        say(alice, "Hello")
        assert 'data-partner-read="0"' in text(alice_page.get(path))
        mark_read(conversation_id=chat.pk, by=bob, seq=1)
        page = text(alice_page.get(path))
        assert 'data-partner-read="1"' in page
        assert re.search(r'class="receipt">.*?read</span>', page)
        User.objects.filter(pk=alice.pk).update(shows_receipts=False)
        page = text(alice_page.get(path))
        assert 'data-partner-read="0"' in page
        assert not re.search(r'class="receipt">[^/]*/></svg>read', page)

    def test_where_the_new_begins(self, path, say, alice, bob, chat, alice_page):
        say(bob, "Old")
        mark_read(conversation_id=chat.pk, by=alice, seq=1)
        say(bob, "Fresh")
        say(bob, "Fresher")
        assert re.findall(r'id="m(\d)" data-seq="\d">\s*<p class="day new"', text(alice_page.get(path))) == [
            "2"
        ]

    def test_a_warning_for_the_reader_alone(self, path, say, alice, alice_page, bob_page):
        say(alice, "Call me: +49 170 1234567, or https://evil.example/")
        warned = text(bob_page.get(path))
        assert "This message has a phone number and a link to another site." in warned
        assert "This message has" not in text(alice_page.get(path))

    def test_cards_meant_and_shown(self, path, chat, say, alice, bob_page):
        card = CardFactory(name="Lightning Bolt")
        say(alice, "I have [[Lightning Bolt]]")
        say(alice, "", attached=Attached(Attachment.CARD, card.pk))
        page = text(bob_page.get(path))
        assert f'<a class="card-link" href="/cards/{card.pk}/">Lightning Bolt</a>' in page
        assert f'<a class="shown-card" href="/cards/{card.pk}/">' in page

    def test_edited_deleted_and_what_it_said_before(self, path, say, alice, alice_page, bob_page):
        first, second = say(alice, "Fisrt"), say(alice, "Secret")
        address = f"/inbox/messages/{first.pk}/"
        answer = form_to(alice_page.get(address), address).press(alice_page, content="First")
        assert (answer.status_code, answer["Location"]) == (303, f"{path}?at=1#m1")
        assert (
            form_to(alice_page.get(f"/inbox/messages/{second.pk}/"), "/delete/").press(alice_page).status_code
            == 303
        )
        page = text(bob_page.get(path))
        assert "Fisrt" not in page
        assert "Secret" not in page
        assert "This message was deleted." in page
        assert "Fisrt" in text(bob_page.get(address))
        assert bob_page.get(f"/inbox/messages/{second.pk}/").status_code == 404

    def test_too_late_to_change(self, say, alice, alice_page):
        message = say(alice, "Hello")
        address = f"/inbox/messages/{message.pk}/"
        form = form_to(alice_page.get(address), address)
        with clock_moved(EDITABLE * 2):
            late = form.press(alice_page, content="Hallo")
            assert "for 15 minutes" in text(late, 422)
            assert form_to_none(alice_page.get(address), address)
        assert form.press(alice_page, content=" ").status_code == 422
        assert (
            form.press(
                alice_page,
                content="Hallo",
            ).status_code
            == 303
        )

    def test_older_ones_by_a_link_that_a_script_follows_by_itself(self, path, say, alice, bob_page):
        for n in range(1, 121):
            say(alice, f"Number {n}.")
        shown: list[str] = []
        seen, address = 0, path
        while address:
            page = text(bob_page.get(address, headers=PART if seen else {}))
            shown[:0] = re.findall(r"Number (\d+)\.", page.partition('id="log"')[2] or page)
            found = re.search(r'id="older" href="([^"]+)"', page)
            address, seen = found[1] if found else "", seen + 1
        assert shown == [str(n) for n in range(1, 121)]
        assert seen == 3
        assert "<html" not in page

    def test_around_what_was_found(self, path, say, alice, bob_page):
        for n in range(1, 101):
            say(alice, f"Number {n}.")
        [place] = re.findall(r'href="(/inbox/\d+/\?at=\d+)#m\d+"', text(bob_page.get(f"{path}?q=NUMBER 40.")))
        page = text(bob_page.get(place))
        assert re.findall(r"Number (\d+)\.", page.partition('id="log"')[2]) == [str(n) for n in range(11, 61)]
        assert "data-still" in page
        assert "Go to the newest" in page

    @pytest.mark.parametrize(
        "query", ["before=-1", "before=x", "at=1.5", "before=" + "9" * 40, "at=" + "0" * 5_000, "at=٣"]
    )
    def test_an_address_that_no_page_had(self, path, bob_page, query):
        assert bob_page.get(f"{path}?{query}").status_code == 404


class TestSince:
    def test_the_new_and_the_changed_once_each(self, path, say, alice, bob_page):
        first, second = say(alice, "One"), say(alice, "Two")
        edit_message(message_id=first.pk, by=alice, content="Uno")
        delete_message(message_id=second.pk, by=alice)
        say(alice, "Five")
        everything = text(bob_page.get(f"{path}since/?after=0"))
        assert re.findall(r'id="m(\d)"', everything) == ["1", "2", "5"]
        assert 'data-head="5"' in everything
        changed = text(bob_page.get(f"{path}since/?after=2"))
        assert re.findall(r'id="m(\d)"', changed) == ["1", "2", "5"]
        assert "Uno" in changed
        assert re.findall(r'id="m(\d)"', text(bob_page.get(f"{path}since/?after=5"))) == []
        assert "data-client" not in changed

    def test_own_lines_bring_the_id_they_were_sent_under(self, path, say, alice, alice_page):
        say(alice, "One", client_id="mine-1")
        assert 'data-client="mine-1"' in text(alice_page.get(f"{path}since/?after=0"))

    def test_in_parts_nothing_is_missed(self, path, say, alice, bob_page, monkeypatch):
        monkeypatch.setattr("messaging.thread.MOST_EVENTS", 3)
        for n in range(7):
            say(alice, f"Number {n}")
        seen, head, more = [], 0, True
        while more:
            page = text(bob_page.get(f"{path}since/?after={head}"))
            seen += re.findall(r"Number (\d)", page)
            [head] = map(int, re.findall(r'data-head="(\d+)"', page))
            more = "data-more" in page
        assert (seen, head) == (list("0123456"), 7)

    @pytest.mark.parametrize("after", ["-1", "x", "9" * 30])
    def test_a_number_no_page_had(self, path, bob_page, after):
        assert bob_page.get(f"{path}since/?after={after}").status_code == 404

    def test_a_trade_s_card_is_brought_anew_with_its_news(self, offer, alice_page, bob):
        chat = Conversation.objects.get()
        assert ">Sent<" in text(alice_page.get(f"/inbox/{chat.pk}/"))
        accept_proposal(proposal_id=offer.pk, by=bob)
        page = text(alice_page.get(f"/inbox/{chat.pk}/since/?after=1"))
        assert re.findall(r'id="m(\d)"', page) == ["1", "2"]
        assert "bob accepted. The cards are reserved" in page
        assert re.search(r'class="offer[^>]*>.*?Accepted</span>', page, re.S)


class TestTrade:
    @pytest.fixture
    def talk(self, offer):
        return f"/inbox/{Conversation.objects.get().pk}/"

    def test_on_top_with_what_its_own_page_offers(self, offer, talk, bob_page, alice_page):
        page = bob_page.get(talk)
        assert 'class="pinned"' in text(page)
        assert "alice waits for your answer." in text(page)
        assert {form.action for form in forms_in(page)} >= {
            f"/trades/{offer.pk}/accept/",
            f"/trades/{offer.pk}/decline/",
        }
        assert f"/trades/{offer.pk}/accept/" not in text(alice_page.get(talk))
        assert form_to(page, "/accept/").press(bob_page)["Location"] == f"/trades/{offer.pk}/"
        offer.refresh_from_db()
        assert offer.status == "accepted"
        assert "Accepted" in text(bob_page.get(f"{talk}pinned/"))

    def test_news_in_words(self, offer, talk, alice_page, bob_page):
        assert "You sent an offer" in text(alice_page.get(talk))
        assert "alice sent an offer" in text(bob_page.get(talk))

    def test_with_cash_pay_safely(self, alice, bob, bolt, mox, bob_page):
        terms = Terms(offers=(Line(bolt.pk, 1),), wants=(Line(mox.pk, 1),), proposer_adds_cash=Decimal(5))
        trade = create_proposal(by=alice, recipient="bob", terms=terms)
        talk = f"/inbox/{Conversation.objects.get().pk}/"
        assert "protects the buyer" not in text(bob_page.get(talk))
        accept_proposal(proposal_id=trade.pk, by=bob)
        assert "protects the buyer" in text(bob_page.get(talk))

    def test_without_cash_nothing_is_said(self, offer, talk, bob, bob_page):
        accept_proposal(proposal_id=offer.pk, by=bob)
        assert "protects the buyer" not in text(bob_page.get(talk))


class TestShowing:
    def test_cards_trades_and_photos(self, offer, path_of, bob_page, alice_page):
        path = path_of()
        page = bob_page.get(f"{path}attach/?q=Lightning")
        assert "Lightning Bolt" in text(page)
        card, trade = [form for form in forms_in(page) if form.action == path]
        assert card.press(bob_page, "attachment_id").status_code == 303
        trade = [form for form in forms_in(bob_page.get(f"{path}attach/")) if form.action == path][-1]
        assert trade.press(bob_page, "attachment_id", offer.pk).status_code == 303
        kinds = list(Message.objects.exclude(sender=None).values_list("attachment_type", flat=True))
        assert kinds == ["card", "trade_proposal"]
        assert text(alice_page.get(path)).count('class="offer') >= 2

    @pytest.fixture
    def path_of(self):
        return lambda: f"/inbox/{Conversation.objects.get().pk}/"

    def photo(self):
        file = BytesIO()
        Image.new("RGB", (40, 30), "red").save(file, "PNG")
        return SimpleUploadedFile("mox.png", file.getvalue(), "image/png")

    def test_a_photo_with_its_size_for_the_two_alone(
        self, offer, path_of, alice_page, bob_page, charlie_page
    ):
        path = path_of()
        form = form_to(bob_page.get(f"{path}attach/"), "/photo/")
        for _ in range(2):
            data = dict(form.fields) | {"photo": self.photo(), "content": "The corner"}
            assert bob_page.post(form.action, data).status_code == 303
        page = text(alice_page.get(path))
        [(address, width, height)] = re.findall(r'<img src="([^"]+)" width="(\d+)" height="(\d+)"', page)
        assert (width, height) == ("40", "30")
        assert [p.get(address).status_code for p in (alice_page, bob_page, charlie_page)] == [200, 200, 404]

    def test_a_photo_is_refused_beside_its_field(self, offer, path_of, bob_page):
        path = path_of()
        form = form_to(bob_page.get(f"{path}attach/"), "/photo/")
        broken = dict(form.fields) | {"photo": SimpleUploadedFile("x.png", b"no picture", "image/png")}
        assert "Send a JPEG, PNG or WebP picture." in text(bob_page.post(form.action, broken), 422)
        assert bob_page.post(form.action, dict(form.fields)).status_code == 422

    def test_without_a_live_trade_photos_come_with_bronze(self, path, alice_page):
        assert "come with the bronze tier" in text(alice_page.get(f"{path}attach/"))
        data = {"client_id": "x", "photo": self.photo()}
        assert alice_page.post(f"{path}photo/", data).status_code == 403
