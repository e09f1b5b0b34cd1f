"""Publishing by page: the card, the form, its errors beside their fields, and what unlocks it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.clock import clock_moved, database_now, database_today
from signals_bridge.models import Recommendation
from tests.budget import KB, on_the_wire
from tests.conftest import page_of
from tests.factories import CardFactory, HoldingFactory, UserFactory
from tests.forms import form_to
from tests.signals_bridge.test_pages import PART, main, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def goldie() -> Any:
    return UserFactory(username="goldie", trust_tier="gold")


@pytest.fixture
def goldie_page(goldie) -> Any:
    return page_of(goldie)


@pytest.fixture
def path(opt) -> str:
    return f"/signals/publish/?card={opt.pk}"


@pytest.fixture
def typed() -> dict[str, str]:
    """A BUY of Opt ($2.50) for $3.25, sure to 70 %, for two weeks."""
    last_day = str(database_today() + timedelta(days=14))
    return {"finish": "nonfoil", "action": "BUY", "target_price": "3.25", "confidence": "70",
            "valid_until": last_day, "rationale": "Modern plays it."}  # fmt: skip


def test_a_call_of_ones_own(goldie, goldie_page, opt, path, typed):
    HoldingFactory(owner=goldie, card=opt, quantity=3, for_trade=1)
    form = form_to(goldie_page.get(path), path)
    assert {name for name, _value in form.fields} >= {"finish", "target_price", "confidence", "valid_until"}
    answer = goldie_page.post(path, typed)
    call = Recommendation.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, call.get_absolute_url())
    assert (call.action, call.finish, call.price_at_issue, call.target_price, call.confidence) == (
        "BUY", "nonfoil", Decimal("2.50"), Decimal("3.25"), Decimal("0.7"))  # fmt: skip
    assert call.valid_until == datetime.combine(
        database_today() + timedelta(days=14), datetime.max.time(), UTC
    ).replace(microsecond=0)
    shown = text(goldie_page.get(call.get_absolute_url()))
    for words in ("they owned 3 of this card and finish, 1 of them for trade", "Modern plays it.", "goldie"):
        assert words in shown, words


def test_a_hold_has_no_target(goldie_page, path, typed):
    assert goldie_page.post(path, typed | {"action": "HOLD", "target_price": ""}).status_code == 303
    assert Recommendation.objects.get().target_price is None


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("target_price", "2.50", "above the price"), ("target_price", "", "needs a target"),
        ("target_price", "3.333", "2 decimal places"), ("target_price", "NaN", "Enter a number"),
        ("target_price", "0", "At least 0.01"), ("target_price", "-1", ""), ("target_price", "9" * 11, "digits"),
        ("confidence", "101", "less than or equal to 100"), ("confidence", "-1", "greater than"),
        ("confidence", "0.7", "whole number"), ("confidence", "", "required"),
        ("valid_until", "2020-01-01", "after it is issued"), ("valid_until", "9999-12-31", "within a year"),
        ("valid_until", "soon", "valid date"), ("finish", "etched", "valid choice"), ("finish", "", "required"),
        ("action", "GRAB", "valid choice"), ("rationale", "x" * 2001, "2000 characters"),
        ("action", "SELL", "below the price"),
    ],
)  # fmt: skip
def test_an_error_stands_beside_its_field(goldie_page, path, typed, field, value, words):
    answer = goldie_page.post(path, typed | {field: value})
    assert (answer.status_code, Recommendation.objects.count()) == (422, 0)
    where = "target_price" if (field, value) == ("action", "SELL") else field
    assert set(answer.context["form"].errors) == {where}
    assert words in str(answer.context["form"].errors[where])
    assert "error-summary" in answer.content.decode()


def test_a_nul_is_refused(goldie_page, path, typed):
    assert goldie_page.post(path, typed | {"rationale": "a\x00b"}).status_code in (400, 422)
    assert Recommendation.objects.count() == 0


def test_a_card_that_lost_its_price_meanwhile(goldie_page, path, typed, opt):
    opt.prices.all().delete()
    assert "This card has no price now" in text(goldie_page.get(path))
    assert goldie_page.post(path, typed).status_code == 422


def test_only_finishes_with_a_price_can_be_chosen(goldie_page, path, opt):
    assert main(goldie_page.get(path)).count('name="finish"') == 2
    opt.prices.filter(finish="foil").delete()
    assert main(goldie_page.get(path)).count('name="finish"') == 1


def test_the_card_is_found_by_its_name(goldie_page, opt):
    assert "On which card?" in text(goldie_page.get("/signals/publish/"))
    found = goldie_page.get("/signals/publish/?q=op", headers=PART)
    assert f'href="/signals/publish/?card={opt.pk}"' in found.content.decode()
    assert "No card is called so" in text(goldie_page.get("/signals/publish/?q=zzzzzz"))
    assert goldie_page.get("/signals/publish/?card=999999").status_code == 404
    assert goldie_page.get("/signals/publish/?card=x").status_code == 200


def test_below_gold_it_says_what_unlocks_it(bob_page, path, typed, client):
    shown = text(bob_page.get(path))
    for words in ("From gold on", "Gold", "Points", "How to get there"):
        assert words in shown, words
    assert bob_page.get(path).context["rung"].score == 600
    assert "<textarea" not in main(bob_page.get(path))
    answer = bob_page.post(path, typed)
    assert (answer.status_code, Recommendation.objects.count()) == (403, 0)
    assert client.get(path).status_code == 302


def test_the_restricted_are_told_so(goldie, goldie_page, path, typed):
    type(goldie).objects.filter(pk=goldie.pk).update(restricted_until=database_now() + timedelta(days=1))
    answer = goldie_page.post(path, typed)
    assert (answer.status_code, Recommendation.objects.count()) == (403, 0)
    assert "may not publish at the moment" in answer.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_costs_the_same_for_more_cards(goldie_page, count, django_assert_num_queries):
    for n in range(count):
        CardFactory(name=f"Opal {n}", search_name=f"opal {n}")
    goldie_page.get("/signals/publish/?q=opal")
    with django_assert_num_queries(5):  # session, user, two badges; the cards
        assert len(goldie_page.get("/signals/publish/?q=opal").context["found"]) == count


def test_it_keeps_to_the_budget(goldie_page, path):
    with clock_moved(timedelta(minutes=1)):
        assert on_the_wire(goldie_page.get(path).content) <= 14 * KB
