"""Which card `[[…]]` stands for, and that a line's text never becomes anything but text and links."""

import re
import time
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.lines import Line
from messaging.mentions import MOST_MENTIONS, cards_meant, mentions_in
from messaging.models import Message
from tests.factories import CardFactory


def shown(text: str, cards=None) -> str:
    return str(Line(Message(content=text), cards=cards or {}).html)


@pytest.fixture
def bolts(db):
    """Three printings, the newest of them in 2X2, and one of no known day."""
    return {
        code: CardFactory(name="Lightning Bolt", set_code=code, released_at=day, search_name="lightning bolt")
        for code, day in {
            "m10": date(2009, 7, 17),
            "2x2": date(2022, 7, 8),
            "lea": date(1993, 8, 5),
            "plst": None,
        }.items()
    }


def meant(text: str) -> list[tuple[str, int]]:
    """(what stands in the text, the card's id) in order."""
    line = Line(Message(content=text), cards=cards_meant([text]))
    return [(match[0], card.pk) for match, card in line.mentioned]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[[Lightning Bolt]]", "2x2"),
        ("[[lightning  bolt]]", "2x2"),
        ("[[LIGHTNING BOLT|LEA]]", "lea"),
        ("[[Lightning Bolt|m10]]", "m10"),
        ("[[Lightning Bolt|plst]]", "plst"),
    ],
)
def test_the_newest_printing_or_that_of_the_set(text, code, bolts):
    assert meant(f"Look: {text}!") == [(text, bolts[code].pk)]


@pytest.mark.parametrize(
    "text",
    [
        "[[Lightning]]",
        "[[Lightning Bolt|XYZ]]",
        "[Lightning Bolt]",
        "[[]]",
        "[[ ]]",
        "[[\u3000|LEA]]",
        "[[Lightning\nBolt]]",
        "[[a|b|c]]",
    ],
)
def test_what_names_no_card_stays_text(text, bolts):
    assert meant(text) == []
    assert shown(text) == text


def test_the_front_of_a_double_faced_card_will_do(db):
    card = CardFactory(name="Fable of the Mirror-Breaker // Reflection of Kiki-Jiki", set_code="neo")
    card.search_name = "fable of the mirror breaker reflection of kiki jiki"
    card.save()
    for name in ("Fable of the Mirror-Breaker", card.name):
        assert meant(f"[[{name}]]") == [(f"[[{name}]]", card.pk)]
    assert meant("[[Fable]]") == meant("[[Reflection of Kiki-Jiki]]") == []


def test_one_query_for_any_number(bolts):
    texts = ["[[Lightning Bolt]] [[Nothing|LEA]]", "none", "[[Lightning Bolt|LEA]]"] * 10
    with CaptureQueriesContext(connection) as captured:
        found = cards_meant(texts)
    assert len(captured) == 1
    assert {name: card.set_code for name, card in found.items()} == {
        ("lightning bolt", ""): "2x2",
        ("lightning bolt", "lea"): "lea",
    }
    with CaptureQueriesContext(connection) as captured:
        assert cards_meant(["none", "[not]"]) == {}
    assert len(captured) == 0


def test_only_so_many_in_one_message():
    assert len(mentions_in("[[a]]" * 1_000)) == MOST_MENTIONS


def test_a_page_full_of_mentions_is_no_burden(db):
    """A hundred messages with twenty names each, none of which is a card's."""
    CardFactory.create_batch(5)
    texts = [" ".join(f"[[Name {n} {m}]]" for m in range(20)) for n in range(100)]
    start = time.perf_counter()
    assert cards_meant(texts) == {}
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('"><img src=x onerror=1>', "&quot;&gt;&lt;img src=x onerror=1&gt;"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("data:text/html,x", "data:text/html,x"),
        ("[[<b>]]", "[[&lt;b&gt;]]"),
        ("5 &amp; 6", "5 &amp;amp; 6"),
    ],
)
def test_markup_stays_text(text, html):
    assert shown(text) == html


@pytest.mark.parametrize(
    "text",
    [
        'http://a.example/"onmouseover="x',
        "http://a.example/<script>",
        "https://a.example/'><b>",
        "see http://a.example/?q=[[Lightning Bolt]]",
        "www.a.example/javascript:x",
    ],
)
def test_a_link_brings_nothing_along(text):
    html = shown(text)
    for tag in re.findall(r"<[^>]*>", html):
        assert re.fullmatch(
            r'</a>|<a href="https?://[^"<>]*" rel="nofollow noopener noreferrer ugc">', tag
        ), html


def test_a_card_is_linked_by_its_own_name(bolts):
    text = "[[lightning bolt|LEA]] & [[Lightning Bolt]]"
    html = shown(text, cards_meant([text]))
    pk = bolts["lea"].pk, bolts["2x2"].pk
    assert html == (
        f'<a class="card-link" href="/cards/{pk[0]}/">Lightning Bolt (LEA)</a> &amp; '
        f'<a class="card-link" href="/cards/{pk[1]}/">Lightning Bolt</a>'
    )


@pytest.mark.parametrize("text", ["a@" * 2_000, "http://" * 500, "(" * 4_000, "&" * 4_000, "[[" * 2_000])
def test_no_text_takes_long_to_draw(text):
    start = time.perf_counter()
    shown(text)
    assert time.perf_counter() - start < 1
