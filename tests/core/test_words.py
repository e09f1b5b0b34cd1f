"""Amounts, times and names as people read them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from core.faces import TITLE_LENGTH, card_face, initials
from core.money import format_money
from core.symbols import STATUSES, symbol_of_status
from core.times import ago, left

NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "options", "text"),
    [
        ("0", {}, "$0.00"),
        ("1234.5", {}, "$1,234.50"),
        ("-6", {}, "−$6.00"),
        ("3", {"signed": True}, "+$3.00"),
        ("0", {"signed": True}, "$0.00"),
        ("0.005", {}, "$0.01"),
        ("12480.50", {"currency": "EUR"}, "€12,480.50"),
        ("6", {"currency": "SEK"}, "6.00 SEK"),
        ("99999999999999.99", {}, "$99,999,999,999,999.99"),
    ],
)
def test_money(amount, options, text):
    assert format_money(Decimal(amount), **options) == text


def test_money_is_in_the_currency_of_the_site(settings):
    settings.SITE_CURRENCY = "GBP"
    assert format_money(Decimal("2.5")) == "£2.50"


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        ({"seconds": 59}, "just now"),
        ({"seconds": -5}, "just now"),
        ({"minutes": 1}, "1 minute ago"),
        ({"minutes": 59}, "59 minutes ago"),
        ({"hours": 1}, "1 hour ago"),
        ({"hours": 47}, "47 hours ago"),
        ({"hours": 48}, "2 days ago"),
        ({"days": 13, "hours": 23}, "13 days ago"),
        ({"days": 14}, "28 Feb 2026"),
    ],
)
def test_ago(passed, text):
    assert ago(NOW - timedelta(**passed), NOW) == text


@pytest.mark.parametrize(
    ("remaining", "text"),
    [
        ({"days": 6, "hours": 23}, "6 days left"),
        ({"hours": 1, "minutes": 59}, "1 hour left"),
        ({"minutes": 12}, "12 minutes left"),
        ({"seconds": 59}, "less than a minute left"),
        ({"seconds": 0}, "time is up"),
        ({"days": -3}, "time is up"),
    ],
)
def test_left_never_promises_more_than_there_is(remaining, text):
    assert left(NOW + timedelta(**remaining), NOW) == text


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("bob", "B"),
        ("mossy bridge", "MB"),
        ("inkwell_ana", "IA"),
        ("a.b-c d", "AB"),
        ("—", "—"),
        ("", "?"),
        ("-_.", "?"),
    ],
)
def test_initials(name, letters):
    assert initials(name) == letters


def test_a_card_always_looks_the_same_and_a_set_has_one_colour():
    bolt, again = card_face("Lightning Bolt", "2X2"), card_face("Lightning Bolt", "2x2")
    path = card_face("Path to Exile", "2x2")
    assert bolt == again
    assert bolt.hue == path.hue
    assert bolt.back != path.back


def test_a_long_name_is_cut_to_the_band():
    face = card_face("Asmoranomardicadaistinaculdacar", "mh2")
    assert len(face.title) == TITLE_LENGTH
    assert face.title.endswith("…")


def test_an_unknown_status_is_shown_plainly():
    unknown = symbol_of_status("waiting_for_rain")
    assert (unknown.word, unknown.tone) == ("Waiting for rain", "plain")
    assert symbol_of_status("accepted", "Agreed").word == "Agreed"
    assert symbol_of_status("accepted").icon == STATUSES["accepted"].icon
