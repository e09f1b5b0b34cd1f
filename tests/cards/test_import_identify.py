"""Which printing a row means."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from cards.imports.identify import Meant, Printings
from cards.imports.rows import ReadRow
from cards.models import Card
from cards.names import search_name
from cards.printings import RefusedRow
from tests.factories import CardFactory

pytestmark = pytest.mark.django_db
BOLT, DELVER, PICTURE = UUID(int=1), UUID(int=2), UUID(int=3)


def printing(name: str, code: str, number: str, oracle_id: UUID | None = None, **more: Any) -> Card:
    card: Card = CardFactory(
        name=name,
        search_name=search_name(name),
        set_code=code,
        set_name=more.pop("set_name", code.upper()),
        collector_number=number,
        **({"oracle_id": oracle_id} if oracle_id else {}),
        **more,
    )
    return card


def meant(name: str = "", **said: Any) -> Meant:
    row = ReadRow(**{"line": 1, "quantity": 1, "names": (name,) if name else ()} | said)
    return Printings([row]).meant_by(row)


def refused(name: str = "", **said: Any) -> tuple[str, str]:
    with pytest.raises(RefusedRow) as refusal:
        meant(name, **said)
    return refusal.value.code, refusal.value.detail


@pytest.fixture
def bolts() -> dict[str, Card]:
    """Lightning Bolt over the years."""
    return {
        card.set_code: card
        for card in (
            printing(
                "Lightning Bolt", "lea", "161", BOLT, released_at=date(1993, 8, 5), finishes=["nonfoil"]
            ),
            printing(
                "Lightning Bolt", "ced", "161", BOLT, released_at=date(2030, 1, 1), finishes=["nonfoil"]
            ),
            printing(
                "Lightning Bolt", "m11", "149", BOLT, released_at=date(2010, 7, 16), set_name="Magic 2011"
            ),
            printing("Lightning Bolt", "2x2", "117", BOLT, released_at=date(2022, 7, 8)),
            printing("Lightning Bolt", "pf19", "1", BOLT, released_at=date(2031, 1, 1), finishes=["foil"]),
        )
    }


# --- by id, by set and number ---------------------------------------------------------------


def test_an_id_decides_whatever_else_the_row_says(bolts) -> None:
    found = meant("Something", scryfall_id=str(bolts["m11"].scryfall_id), sets=("xyz",), number="1")
    assert found == Meant(bolts["m11"], "nonfoil")


def test_an_unknown_id_leaves_the_rest_of_the_row(bolts) -> None:
    unknown = str(UUID(int=999))
    assert meant("Lightning Bolt", scryfall_id=unknown, sets=("m11",), number="149").card == bolts["m11"]
    assert refused(scryfall_id=unknown) == ("card_unknown", f"The catalogue has no card “{unknown}”.")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"sets": ("m11",), "number": "149"}, "m11"),
        ({"sets": ("M11",), "number": "0149"}, "m11"),
        ({"sets": ("Magic 2011",), "number": "149"}, "m11"),
        ({"sets": ("al", "Magic 2011"), "number": "192"}, "m11"),  # Deckbox: its own code and number
        ({"sets": ("2X2",)}, "2x2"),
    ],
)
def test_set_and_number_as_sites_write_them(bolts, said: dict[str, Any], code: str) -> None:
    assert meant("Lightning Bolt", **said).card == bolts[code]


def test_a_number_that_is_another_cards_is_not_believed(bolts) -> None:
    printing("Shock", "m11", "150")
    assert meant("Lightning Bolt", sets=("m11",), number="150") == Meant(
        bolts["m11"], "nonfoil", guessed=True
    )
    assert meant("Shock", sets=("m11",), number="150").guessed is False


def test_numbers_with_letters() -> None:
    serial, plain = printing("Aragorn", "ltr", "741z"), printing("Aragorn", "ltr", "741")
    assert meant("Aragorn", sets=("LTR",), number="741z").card == serial
    assert meant("Aragorn", sets=("LTR",), number="741").card == plain
    listed = printing("Demonic Tutor", "plst", "DDC-49")
    assert meant("Demonic Tutor", sets=("plist",), number="DDC-49").card == listed
    topper = printing("Demonic Tutor", "puma", "U8", listed.oracle_id, set_name="Ultimate Box Topper")
    assert meant("Demonic Tutor", sets=("Ultimate Masters: Box Toppers",), number="8").card == topper
    assert meant("Demonic Tutor", sets=("puma",), number="u8").card == topper


def test_a_set_by_the_name_another_site_gives_it() -> None:
    token = printing("Food", "tltr", "10", set_name="Tales of Middle-earth Tokens")
    assert meant("Food", sets=("Extras: The Lord of the Rings: Tales of Middle-earth",)).card == token
    drop = printing("Viscera Seer", "sld", "VS", set_name="Secret Lair Drop")
    assert meant("Viscera Seer", sets=("Secret Lair Drop Series",), number="VS").card == drop


def test_a_number_that_fits_none_of_several_is_an_error() -> None:
    plains = [printing("Plains", "m21", str(number), BOLT) for number in (260, 261)]
    assert refused("Plains", sets=("m21",), number="999") == (
        "printing_unknown",
        "The catalogue has no “Plains” of m21 999, but: M21 260, M21 261.",
    )
    assert meant("Plains", sets=("m21",)) == Meant(plains[0], "nonfoil", guessed=True)


# --- by name --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["Lightning Bolt", "lightning bolt", "LIGHTNING  BOLT", "Lightning Bolt (Borderless)"]
)
def test_a_bare_name_is_its_newest_regular_printing(bolts, name: str) -> None:
    assert meant(name) == Meant(bolts["2x2"], "nonfoil", guessed=True)


def test_a_bare_name_in_foil_is_a_printing_that_has_it(bolts) -> None:
    assert meant("Lightning Bolt", finish="foil") == Meant(bolts["2x2"], "foil", guessed=True)


def test_names_without_accents_or_with_others_apostrophes() -> None:
    vault = printing("Lim-Dûl's Vault", "all", "107")
    for name in ("Lim-Dul's Vault", "Lim-Dûl’s Vault", "lim dul's vault"):
        assert meant(name).card == vault


@pytest.mark.parametrize("name", ["Delver of Secrets // Insectile Aberration", "Delver of Secrets"])
def test_a_double_faced_card_by_both_names_or_the_front(name: str) -> None:
    card = printing("Delver of Secrets // Insectile Aberration", "isd", "51", DELVER)
    printing("Delver of Secrets // Delver of Secrets", "aisd", "7", PICTURE)  # a picture of it
    assert meant(name).card == card
    assert meant(name, sets=("isd",), number="51").card == card
    assert meant(name, sets=("ISD",)).card == card


def test_a_whole_name_goes_before_a_front() -> None:
    bolt = printing("Lightning Bolt", "m11", "149", BOLT)
    printing("Lightning Bolt // Lightning Bolt", "am11", "1", PICTURE)
    printing("Lightning Bolt // Something Else", "m99", "1", DELVER)
    assert meant("Lightning Bolt").card == bolt


def test_dragon_shield_adds_token_to_the_name() -> None:
    clue = printing("Clue", "tmh2", "14")
    assert meant("Clue Token", sets=("TMH2",), number="14").card == clue


def test_what_looked_like_a_set_may_be_part_of_the_name() -> None:
    suit = printing("Hazmat Suit (Used)", "ust", "57")
    assert meant("Hazmat Suit", literal="Hazmat Suit (Used)", sets=("Used",)).card == suit


def test_two_cards_of_one_name_ask_for_set_and_number() -> None:
    printing("Soldier", "ddo", "66", BOLT)
    token = printing("Soldier", "l14", "1", DELVER)
    assert refused("Soldier") == (
        "card_ambiguous",
        "Several cards are called so: DDO 66, L14 1. Say which by set and number.",
    )
    assert meant("Soldier", sets=("l14",)).card == token


def test_unknown_names_and_sets_are_told_with_what_there_is(bolts) -> None:
    assert refused("Nope") == ("card_unknown", "The catalogue has no card “Nope”.")
    assert refused("Lightning Bolt", sets=("xyz",), number="3") == (
        "printing_unknown",
        "The catalogue has no “Lightning Bolt” of xyz 3, but: 2X2 117, CED 161, LEA 161, M11 149, PF19 1.",
    )


# --- finishes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("finishes", "said", "finish"),
    [
        (["nonfoil", "foil"], None, "nonfoil"),
        (["foil"], None, "foil"),
        (["foil", "etched"], "foil", "foil"),
        (["nonfoil", "etched"], "foil", "etched"),  # the site has no word for it
    ],
)
def test_the_finish(finishes: list[str], said: str | None, finish: str) -> None:
    printing("Opt", "dom", "60", finishes=finishes)
    assert meant("Opt", finish=said).finish == finish


@pytest.mark.parametrize(
    ("finishes", "said"), [(["foil"], "nonfoil"), (["nonfoil"], "foil"), (["foil"], "etched")]
)
def test_a_finish_that_was_never_printed_is_an_error(finishes: list[str], said: str) -> None:
    printing("Opt", "dom", "60", finishes=finishes)
    assert refused("Opt", finish=said) == ("no_such_finish", f"Opt (DOM) 60 exists as: {finishes[0]}.")


def test_queries_do_not_grow_with_the_rows(bolts) -> None:
    printing("Fire // Ice", "apc", "128")

    def queries(times: int) -> int:
        rows = [
            ReadRow(line=1, quantity=1, scryfall_id=str(bolts["m11"].scryfall_id)),
            ReadRow(line=1, quantity=1, names=("Lightning Bolt",), sets=("m11",), number="149"),
            ReadRow(line=1, quantity=1, names=("Lightning Bolt",)),
            ReadRow(line=1, quantity=1, names=("Fire",)),
        ] * times
        with CaptureQueriesContext(connection) as captured:
            printings = Printings(rows)
            assert [printings.meant_by(row).card.set_code for row in rows[:4]] == ["m11", "m11", "2x2", "apc"]
        return len(captured)

    assert queries(1) == queries(30) == 5


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)


@settings(max_examples=30, deadline=None)
@given(name=TEXTS, code=TEXTS, number=TEXTS)
def test_any_words_are_found_or_refused(name: str, code: str, number: str) -> None:
    with pytest.raises(RefusedRow):
        meant(name, sets=(code,), number=number, literal=f"{name} {number}")
