"""What people type, and what they find."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.models import Card
from cards.names import search_name
from cards.search import Query, parse_query, search_cards, search_printings
from tests.factories import CardFactory

NAMES = [
    "Lightning Bolt",
    "Lightning Helix",
    "Enlightened Tutor",
    "Bolt",
    "Firebolt",
    "Jace, the Mind Sculptor",
    "Lim-Dûl's Vault",
    "Fire // Ice",
    "Goblin Guide",
    "Goblin King",
    "Tarmogoyf",
    "Swords to Plowshares",
    "_____",
]


@pytest.fixture
def catalogue(db) -> None:
    for number, name in enumerate(NAMES, 1):
        CardFactory(name=name, search_name=search_name(name), collector_number=str(number), rarity="rare")
    for odd_number, day in (("a117", "2010-01-01"), ("117", "2024-01-01"), ("9", None)):
        CardFactory(
            name="Lightning Bolt",
            search_name="lightning bolt",
            oracle_id=Card.objects.get(name="Lightning Bolt", set_code="m10").oracle_id,
            set_code="2x2",
            collector_number=odd_number,
            rarity="uncommon",
            released_at=day,
        )


def names(typed: str) -> list[str]:
    return [found.card.name for found in search_cards(typed)]


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("bolt", ["Bolt", "Lightning Bolt"]),  # exact first; Firebolt has no word that begins so
        ("LIGHT", ["Lightning Bolt", "Lightning Helix"]),
        ("bolt light", ["Lightning Bolt"]),
        ("ligt bolt", ["Lightning Bolt", "Bolt"]),
        ("lightnign helx", ["Lightning Helix", "Lightning Bolt"]),
        ("goblni", ["Goblin Guide", "Goblin King"]),
        ("tarmogof", ["Tarmogoyf"]),
        ("jace the", ["Jace, the Mind Sculptor"]),
        ("lim duls", ["Lim-Dûl's Vault"]),
        ("Lim-Dûl’s v", ["Lim-Dûl's Vault"]),
        ("fire//ice", ["Fire // Ice"]),
        ("f", ["Fire // Ice", "Firebolt"]),
        ("go", ["Goblin Guide", "Goblin King"]),
        ("ic", []),  # one or two letters begin the name
        ("_____", ["_____"]),
        ("zzzzzz", []),
        ("稲妻", []),
        ("!!!!", []),
    ],
)
def test_names(typed, found):
    assert names(typed) == found


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("lightning bolt", ["117", "a117", "9", "1"]),  # newest first, the undated last
        ("bolt set:2x2", ["117", "a117", "9"]),
        ("SET:2X2 #A117", ["a117"]),
        ("#117", ["117"]),
        ("rarity:uncommon light", ["117", "a117", "9"]),
        ("set:2x2 rarity:rare", []),
        ("light set:nowhere", []),
    ],
)
def test_printings_and_filters(typed, numbers):
    found = search_printings(typed)
    assert sorted(card.collector_number for card in found) == sorted(numbers)
    assert found == [] or found[0].collector_number == numbers[0]


@pytest.mark.usefixtures("catalogue")
def test_printings_of_one_card_stand_together():
    (bolt,) = search_cards("lightning bolt")
    assert bolt.printings == 4
    assert bolt.card.collector_number == "117"
    (in_set,) = search_cards("lightning bolt set:m10")
    assert (in_set.printings, in_set.card.set_code) == (1, "m10")


@pytest.mark.usefixtures("catalogue")
def test_pages_follow_each_other():
    whole = names("")
    assert len(whole) == len(NAMES)
    assert [found.card.name for found in search_cards("", limit=5, offset=5)] == whole[5:10]
    assert search_cards("goblni", limit=5, offset=5) == []
    assert search_cards("bolt", limit=5, offset=5) == []


@pytest.mark.usefixtures("catalogue")
def test_statements(django_assert_num_queries):
    with django_assert_num_queries(1):
        search_cards("lightning")
    with django_assert_num_queries(5):  # the words, then: savepoint, threshold, likeness, release
        search_cards("lihgtning")


def test_a_query_is_taken_apart():
    assert parse_query("Jace  set:WWK rarity:Mythic #31 ") == Query("jace", "wwk", "31", "mythic")
    assert parse_query("set:a set:b") == Query("", "b")
    assert parse_query("") == parse_query(" \0 ") == Query("")
    assert len(parse_query("word " * 1000).name.split()) == 8


@pytest.mark.django_db
@given(typed=st.text(max_size=120))
def test_any_text_is_a_query(typed):
    search_cards(typed)
    search_printings(typed)
