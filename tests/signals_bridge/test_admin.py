"""The admin's part: who may import, whose a source is, one call by hand; nothing is ever deleted."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from core.clock import database_now
from signals_bridge.models import Publisher, Recommendation, RecommendationAction, Source
from signals_bridge.services import follow_signal
from tests.conftest import page_of
from tests.factories import UserFactory
from tests.signals_bridge.factories import SourceFactory

ADMIN = "/admin/signals_bridge"


@pytest.fixture
def staff_page(db) -> Client:
    return page_of(UserFactory(username="root-admin", is_staff=True, is_superuser=True))


@pytest.fixture
def call(acme, opt) -> dict[str, Any]:
    now = database_now()
    issued, end = now - timedelta(hours=1), now + timedelta(days=30)
    return {
        "source": acme.pk,
        "external_id": "by-hand",
        "card": opt.pk,
        "finish": "nonfoil",
        "action": "BUY",
        "price_at_issue": "2.50",
        "target_price": "5.00",
        "confidence": "0.7",
        "rationale": "Seen at the counter.",
        "issued_at_0": f"{issued:%Y-%m-%d}",
        "issued_at_1": f"{issued:%H:%M:%S}",
        "valid_until_0": f"{end:%Y-%m-%d}",
        "valid_until_1": f"{end:%H:%M:%S}",
    }


def test_an_account_gets_and_loses_the_right_to_import(staff_page, bob) -> None:
    assert staff_page.get(f"{ADMIN}/publisher/add/").status_code == 200
    assert staff_page.post(f"{ADMIN}/publisher/add/", {"user": bob.pk}).status_code == 302
    publisher = Publisher.objects.get()
    assert (publisher.user, publisher.may_import) == (bob, True)
    change = f"{ADMIN}/publisher/{publisher.pk}/change/"
    for ticked in ({}, {"may_import": "on"}):
        assert staff_page.post(change, ticked).status_code == 302
        publisher.refresh_from_db()
        assert publisher.may_import is bool(ticked)


def test_a_source_is_registered_and_given_away_once(staff_page, acme, bob) -> None:
    assert staff_page.post(f"{ADMIN}/source/add/", {"name": "house", "publisher": ""}).status_code == 302
    house = Source.objects.get(name="house")
    change = f"{ADMIN}/source/{house.pk}/change/"
    assert staff_page.get(change).status_code == 200
    assert staff_page.post(change, {"publisher": acme.publisher.pk}).status_code == 302
    house.refresh_from_db()
    assert house.publisher == acme.publisher
    other = SourceFactory().publisher
    assert staff_page.post(change, {"publisher": other.pk}).status_code == 403
    house.refresh_from_db()
    assert house.publisher == acme.publisher


@pytest.mark.parametrize("name", ["Acme Ltd", "trader-7", "acme"])
def test_a_name_that_cannot_be_registered_is_told(staff_page, acme, name) -> None:
    page = staff_page.post(f"{ADMIN}/source/add/", {"name": name, "publisher": ""})
    assert page.status_code == 200
    assert page.context["adminform"].form.errors
    assert Source.objects.count() == 1


def test_a_call_is_added_by_hand(staff_page, acme, call) -> None:
    SourceFactory(publisher=acme.publisher, is_personal=True)
    page = staff_page.get(f"{ADMIN}/recommendation/add/")
    assert page.status_code == 200
    assert [source.name for source in page.context["adminform"].form.fields["source"].queryset] == ["acme"]
    assert staff_page.post(f"{ADMIN}/recommendation/add/", call).status_code == 302
    signal = Recommendation.objects.get()
    assert (signal.source, signal.external_id, signal.status) == (acme, "by-hand", "active")
    assert staff_page.post(f"{ADMIN}/recommendation/add/", call).status_code == 302  # the same again
    assert Recommendation.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"target_price": "2.00"}, "target_price"),
        ({"price_at_issue": "0"}, "price_at_issue"),
        ({"confidence": "1.01"}, "confidence"),
        ({"finish": "etched"}, "finish"),
        ({"valid_until_0": "2020-01-01"}, "valid_until"),
        ({"valid_until_0": "2120-01-01"}, "valid_until"),
        ({"external_id": ""}, "external_id"),
        ({"card": "0"}, "card"),
    ],
)
def test_a_bad_call_comes_back_with_its_fault(staff_page, call, change, field) -> None:
    page = staff_page.post(f"{ADMIN}/recommendation/add/", call | change)
    assert page.status_code == 200
    assert list(page.context["adminform"].form.errors) == [field]
    assert Recommendation.objects.count() == 0


def test_what_is_known_stays_as_it_is(staff_page, bob, signal) -> None:
    follow = follow_signal(signal_id=signal.pk, by=bob)
    for path in (
        f"recommendation/{signal.pk}",
        f"recommendationaction/{follow.pk}",
        f"source/{signal.source_id}",
        f"publisher/{signal.source.publisher_id}",
    ):
        assert staff_page.get(f"{ADMIN}/{path}/change/").status_code == 200
        assert staff_page.post(f"{ADMIN}/{path}/delete/", {"post": "yes"}).status_code == 403
    assert (
        staff_page.post(f"{ADMIN}/recommendation/{signal.pk}/change/", {"action": "SELL"}).status_code == 403
    )
    assert staff_page.post(f"{ADMIN}/recommendationaction/add/", {}).status_code == 403
    for path in ("recommendation/?q=opt", "recommendationaction/?q=bob", "source/", "publisher/?q=alice"):
        assert staff_page.get(f"{ADMIN}/{path}").status_code == 200
    assert (Recommendation.objects.count(), RecommendationAction.objects.count()) == (1, 1)


def test_it_is_not_for_traders(alice_page) -> None:
    assert alice_page.get(f"{ADMIN}/recommendation/").status_code == 302
