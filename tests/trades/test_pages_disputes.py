"""/trades/<id>/dispute/: opened, told by both, ended by them."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from tests.forms import form_to
from tests.trades.rows import all_rows
from trades.models import Dispute, TradeProposal
from trades.services import answer_dispute, open_dispute
from trades.services.permission import allowed_verbs

pytestmark = pytest.mark.django_db


def address(trade, verb=""):
    return f"/trades/{trade.pk}/dispute/{verb}"


def text_of(response):
    return response.content.decode()


def fresh(trade):
    return TradeProposal.objects.get(pk=trade.pk)


@pytest.fixture
def dispute(trade, alice) -> Dispute:
    return open_dispute(proposal_id=trade.pk, by=alice, reason="damaged", text="It came in two halves.")


@pytest.fixture
def photo() -> SimpleUploadedFile:
    file = BytesIO()
    Image.new("RGB", (40, 30), "red").save(file, "PNG")
    return SimpleUploadedFile("halves.png", file.getvalue(), "image/png")


def test_opening_one(trade, alice_page):
    assert f'href="{address(trade)}"' in text_of(alice_page.get(f"/trades/{trade.pk}/"))
    data = {"version": 2, "reason": "damaged", "text": "In two halves."}
    response = alice_page.post(address(trade), data)
    assert (response.status_code, response["Location"]) == (303, address(trade))
    response = alice_page.get(address(trade))
    assert "In two halves." in text_of(response)
    assert set(response.context["forms"]) == {"withdraw", "photo"}


def test_a_disputed_trade_offers_nothing_else(dispute, trade, alice, bob_page):
    assert "cancel" in allowed_verbs(trade, alice, dispute.opened_at)
    response = bob_page.get(f"/trades/{trade.pk}/")
    assert response.context["actions"] == []
    assert response.context["step"].text == "alice opened a dispute. Tell your side."
    assert f'href="{address(trade)}"' in text_of(response)


def test_answering_and_conceding(dispute, trade, bob_page):
    response = bob_page.get(address(trade))
    assert set(response.context["forms"]) == {"answer", "concede", "photo"}
    response = form_to(response, "/answer/").press(bob_page, text="It left here whole.")
    assert response.status_code == 303
    response = bob_page.get(address(trade))
    assert "It left here whole." in text_of(response)
    assert set(response.context["forms"]) == {"concede", "photo"}
    assert form_to(response, "/concede/").press(bob_page).status_code == 303
    assert fresh(trade).status == "completed"
    assert bob_page.get(address(trade)).context["forms"] == {}


def test_withdrawing(dispute, trade, alice_page):
    assert form_to(alice_page.get(address(trade)), "/withdraw/").press(alice_page).status_code == 303
    assert fresh(trade).status == "accepted"
    assert "There was a dispute" in text_of(alice_page.get(f"/trades/{trade.pk}/"))


def test_photos_are_shown_to_both_and_to_nobody_else(
    dispute, trade, alice_page, bob_page, charlie_page, photo
):
    response = alice_page.post(address(trade, "photo/"), {"version": 3, "file": photo})
    assert response.status_code == 303
    (shown,) = bob_page.get(address(trade)).context["photos"]
    assert bob_page.get(shown.upload.get_absolute_url()).status_code == 200
    assert charlie_page.get(shown.upload.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("verb", ["", "answer/", "withdraw/", "concede/", "photo/"])
def test_a_stranger_finds_nothing(dispute, trade, bob_page, charlie_page, verb):
    assert bob_page.get(address(trade)).status_code == 200
    before = all_rows()
    assert charlie_page.post(address(trade, verb), {"version": 3, "text": "x"}).status_code == 404
    assert Client().post(address(trade, verb)).status_code == 302
    assert all_rows() == before


def test_an_offer_cannot_be_disputed(offer, alice_page):
    assert alice_page.get(address(offer)).status_code == 404
    assert alice_page.post(address(offer), {"version": 1, "reason": "other", "text": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"reason": "boredom", "text": "x"}, "open-reason"),
        ({"text": "x"}, "open-reason"),
        ({"reason": "other", "text": " "}, "open-text"),
        ({"reason": "other", "text": "\u200b"}, "open-text"),
        ({"reason": "other", "text": "x" * 4001}, "open-text"),
    ],
)
def test_bad_words_come_back_with_the_form(trade, alice_page, data, field):
    before = all_rows()
    response = alice_page.post(address(trade), {"version": 2, **data})
    assert response.status_code == 422
    assert f'href="#{field}' in text_of(response)
    assert all_rows() == before


def test_what_is_no_picture_is_refused(dispute, trade, alice_page):
    before = all_rows()
    file = SimpleUploadedFile("x.png", b"<svg onload=alert(1)>", "image/png")
    assert alice_page.post(address(trade, "photo/"), {"version": 3, "file": file}).status_code == 422
    assert all_rows() == before


def test_only_the_right_side_ends_it(dispute, trade, alice_page, bob_page):
    before = all_rows()
    assert bob_page.post(address(trade, "withdraw/"), {"version": 3}).status_code == 422
    assert alice_page.post(address(trade, "concede/"), {"version": 3}).status_code == 422
    assert all_rows() == before


def test_a_second_answer_is_a_conflict(dispute, trade, bob, bob_page):
    answer_dispute(proposal_id=trade.pk, by=bob, text="Once")
    before = all_rows()
    data = {"version": fresh(trade).version, "text": "Twice"}
    response = bob_page.post(address(trade, "answer/"), data)
    assert response.status_code == 409
    assert "Once" in text_of(response)
    assert all_rows() == before
