"""Addresses: sealed at rest, shown to one person at one time, and every look on record."""

from base64 import b64decode
from datetime import timedelta
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import IntegrityError, InternalError, connection, transaction

from accounts.addresses import Address, address_of, clear_address, set_address
from accounts.errors import AccountError
from accounts.models import ShippingAddress
from core.clock import clock_moved
from tests.trades.test_shipping import accepted, after_acceptance, refusal
from trades.models import AddressRead
from trades.services import (
    agree_to_exchange,
    cancel_trade,
    confirm_receipt,
    open_dispute,
    read_address,
    withdraw_dispute,
)
from trades.terms import Line

pytestmark = pytest.mark.django_db

ALICE = Address(
    name="Alice Example", street="1 Wonder Lane", city="Oxford", country="GB", postal_code="OX1 1AA"
)
BOB = Address(
    name="Bob Example", street="Turmstraße 3", more="2. Stock", city="Wien", country="AT", postal_code="1010"
)


@pytest.fixture
def addresses(alice, bob):
    set_address(by=alice, address=ALICE)
    set_address(by=bob, address=BOB)


@pytest.fixture
def agreed(trade, addresses, alice, bob):
    agree_to_exchange(proposal_id=trade.pk, by=alice)
    return agree_to_exchange(proposal_id=trade.pk, by=bob)


def reads():
    return list(AddressRead.objects.values_list("reader__username", "owner__username"))


class TestExchange:
    def test_both_agree_and_each_reads_the_others(self, agreed, alice, bob):
        assert read_address(proposal_id=agreed.pk, by=alice) == BOB
        assert read_address(proposal_id=agreed.pk, by=bob) == ALICE
        assert reads() == [("alice", "bob"), ("bob", "alice")]
        assert after_acceptance(agreed) == ["address_agreed", "address_agreed"]

    def test_one_yes_opens_nothing(self, trade, addresses, alice, bob):
        agree_to_exchange(proposal_id=trade.pk, by=alice)
        for user in (alice, bob):
            assert refusal(read_address, proposal_id=trade.pk, by=user) == (409, "not_agreed")
        assert reads() == []

    def test_a_second_yes_changes_nothing(self, trade, addresses, alice):
        agree_to_exchange(proposal_id=trade.pk, by=alice)
        agree_to_exchange(proposal_id=trade.pk, by=alice)
        assert after_acceptance(trade) == ["address_agreed"]
        assert refusal(read_address, proposal_id=trade.pk, by=alice) == (409, "not_agreed")

    def test_who_has_none_cannot_exchange(self, trade, alice):
        assert refusal(agree_to_exchange, proposal_id=trade.pk, by=alice) == (409, "no_address")

    def test_a_stranger_learns_nothing(self, agreed, alice, charlie):
        assert refusal(read_address, proposal_id=agreed.pk, by=charlie) == (404, "not_found")
        assert refusal(agree_to_exchange, proposal_id=agreed.pk, by=charlie) == (404, "not_found")
        assert read_address(proposal_id=agreed.pk, by=alice) == BOB

    def test_only_by_mail_and_only_accepted(self, alice, bob, bolt, mox, addresses, offer):
        met = accepted(
            alice, bob, offers=(Line(bolt.pk),), wants=(Line(mox.pk),), completion_method="in_person"
        )
        assert refusal(agree_to_exchange, proposal_id=met.pk, by=alice) == (409, "not_by_mail")
        assert refusal(read_address, proposal_id=met.pk, by=alice) == (409, "not_by_mail")
        assert refusal(agree_to_exchange, proposal_id=offer.pk, by=alice) == (409, "wrong_status")

    def test_what_is_deleted_is_seen_by_nobody(self, agreed, alice, bob):
        clear_address(by=bob)
        assert refusal(read_address, proposal_id=agreed.pk, by=alice) == (409, "no_address")


class TestHiding:
    def test_at_once_on_cancellation(self, agreed, alice):
        assert read_address(proposal_id=agreed.pk, by=alice) == BOB
        cancel_trade(proposal_id=agreed.pk, by=alice, reason="no")
        assert refusal(read_address, proposal_id=agreed.pk, by=alice) == (409, "address_hidden")
        assert len(reads()) == 1

    def test_thirty_days_after_completion(self, agreed, alice, bob):
        confirm_receipt(proposal_id=agreed.pk, by=alice)
        confirm_receipt(proposal_id=agreed.pk, by=bob)
        with clock_moved(timedelta(days=29, hours=23)):
            assert read_address(proposal_id=agreed.pk, by=alice) == BOB
        with clock_moved(timedelta(days=30, minutes=1)):
            assert refusal(read_address, proposal_id=agreed.pk, by=alice) == (409, "address_hidden")

    def test_later_while_a_dispute_lasts(self, agreed, alice, bob):
        confirm_receipt(proposal_id=agreed.pk, by=alice)
        confirm_receipt(proposal_id=agreed.pk, by=bob)
        with clock_moved(timedelta(days=29)):
            open_dispute(proposal_id=agreed.pk, by=bob, reason="damaged", text="A crease.")
        with clock_moved(timedelta(days=45)):
            assert read_address(proposal_id=agreed.pk, by=alice) == BOB
            withdraw_dispute(proposal_id=agreed.pk, by=bob)
        with clock_moved(timedelta(days=46, minutes=1)):
            assert refusal(read_address, proposal_id=agreed.pk, by=alice) == (409, "address_hidden")


class TestAtRest:
    def test_the_table_holds_no_word_of_it(self, addresses):
        with connection.cursor() as cursor:
            cursor.execute("SELECT user_id, sealed FROM accounts_shippingaddress")
            stored = [bytes(sealed) for _user, sealed in cursor.fetchall()]
        assert [len(sealed) > 100 for sealed in stored] == [True, True]
        words = (b"Alice", b"Wonder", b"Turm", b"Wien")
        assert [
            word for word in words for sealed in stored if word in sealed + b64decode(sealed, b"-_")
        ] == []

    def test_nor_does_its_repr(self):
        assert repr(ALICE) == "Address()"

    def test_a_new_key_opens_old_seals_and_rotation_lets_the_old_key_go(self, settings, addresses, alice):
        old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
        settings.FIELD_KEYS = [old]
        assert address_of(alice) == ALICE  # sealed with the key derived from SECRET_KEY
        call_command("rotatefieldkeys", stdout=StringIO())
        settings.SECRET_KEY = "another one"
        assert address_of(alice) == ALICE
        settings.FIELD_KEYS = [new, old]
        call_command("rotatefieldkeys", stdout=StringIO())
        settings.FIELD_KEYS = [new]
        assert address_of(alice) == ALICE

    def test_a_lost_key_is_no_address_and_no_crash(self, settings, addresses, alice, caplog):
        settings.SECRET_KEY = "lost"
        assert address_of(alice) is None
        assert "No key opens the address of user" in caplog.text

    def test_a_read_cannot_be_unread(self, agreed, alice):
        read_address(proposal_id=agreed.pk, by=alice)
        for change in (AddressRead.objects.all().delete, lambda: AddressRead.objects.update(reader=alice)):
            with pytest.raises((InternalError, IntegrityError)), transaction.atomic():
                change()
        assert len(reads()) == 1


class TestSetting:
    @pytest.mark.parametrize(
        ("words", "fault"),
        [
            ({"name": " "}, ("/name", "required")),
            ({"street": ""}, ("/street", "required")),
            ({"country": "XX"}, ("/country", "unknown_choice")),
            ({"city": "x" * 101}, ("/city", "too_long")),
            ({"more": "two\nlines"}, ("/more", "unprintable")),
            ({"region": "\x00"}, ("/region", "unprintable")),
        ],
    )
    def test_what_no_postman_could_read(self, alice, words, fault):
        values = {"name": "A", "street": "S", "city": "C", "country": "GB", **words}
        with pytest.raises(AccountError) as error:
            set_address(by=alice, address=Address(**values))
        assert [(f.pointer, f.code) for f in error.value.faults] == [fault]
        assert ShippingAddress.objects.count() == 0

    def test_a_new_one_takes_the_place_of_the_old(self, addresses, alice):
        set_address(by=alice, address=BOB)
        assert address_of(alice) == BOB

    def test_lines_as_on_a_parcel(self):
        assert BOB.lines == ["Bob Example", "Turmstraße 3", "2. Stock", "1010 Wien", "Austria"]


class TestPage:
    PATH = "/settings/address/"

    def test_saved_shown_and_deleted(self, alice_page, alice):
        form = {"name": "Alice", "street": "1 Lane", "city": "Oxford", "country": "GB"}
        assert alice_page.post(self.PATH, form).status_code == 303
        assert address_of(alice) == Address(name="Alice", street="1 Lane", city="Oxford", country="GB")
        page = alice_page.get(self.PATH)
        assert "1 Lane" in page.content.decode()
        assert "no-store" in page["Cache-Control"]
        assert alice_page.post(f"{self.PATH}delete/").status_code == 303
        assert address_of(alice) is None

    def test_errors_stand_at_their_fields(self, alice_page, alice):
        page = alice_page.post(
            self.PATH, {"name": "A", "street": "S", "city": "C\u200b\u2028", "country": "GB"}
        )
        assert page.status_code == 422
        assert address_of(alice) is None

    def test_nobody_else_comes_in(self, client):
        assert client.get(self.PATH).status_code == 302


class TestPageOfATrade:
    def test_agreed_and_read_by_plain_forms(self, trade, addresses, alice_page, bob_page, charlie_page):
        path = f"/trades/{trade.pk}/"
        for page in (alice_page, bob_page):
            version = page.get(path).context["trade"].version
            assert page.post(f"{path}agree-addresses/", {"version": version}).status_code == 303
        assert "Turmstraße" not in alice_page.get(path).content.decode()
        shown = alice_page.get(f"{path}address/")
        assert "Turmstraße 3" in shown.content.decode()
        assert "no-store" in shown["Cache-Control"]
        assert reads() == [("alice", "bob")]
        assert charlie_page.get(f"{path}address/").status_code == 404

    def test_before_both_agreed_it_says_so(self, trade, addresses, alice_page):
        page = alice_page.get(f"/trades/{trade.pk}/address/")
        assert page.status_code == 409
        assert "Both sides have to agree" in page.content.decode()
