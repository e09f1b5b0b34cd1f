"""The real files of six sites, whole, against the real catalogue."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from cards.catalogue import import_catalogue
from cards.imports import BinderPlan, apply_import, plan_import, plan_wants_import
from cards.models import Holding
from tests.cards.bulk import SHARED

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real data in ../shared/data"),
]
EXPORTS = SHARED / "exports"


@pytest.fixture(scope="module", autouse=True)
def catalogue(django_db_setup, django_db_blocker) -> Iterator[None]:
    """The real catalogue, loaded once for this file and taken out again."""
    with django_db_blocker.unblock():
        for name in ("cards-2019.jsonl.gz", "cards-of-the-exports.json"):
            with (SHARED / name).open("rb") as file:
                import_catalogue(file=file, day=date(2026, 5, 15))
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE cards_card CASCADE")


def plan(owner: User, name: str, **options: Any) -> BinderPlan:
    return plan_import(owner=owner, content=(EXPORTS / name).read_bytes(), **options)


BINDERS = {
    # file: format, rows of the file, rows of the binder, the preview asks what is for trade
    "archidekt-real-export.csv": ("archidekt", 43, 41, True),
    "archidekt.csv": ("archidekt", 29, 29, True),
    "deckbox-real-export.csv": ("deckbox", 41, 41, False),
    "deckbox.csv": ("deckbox", 29, 29, False),
    "dragonshield-real-export.csv": ("dragonshield", 42, 41, False),
    "dragonshield.csv": ("dragonshield", 29, 29, False),
    "manabox-real-export.csv": ("manabox", 42, 41, True),
    "manabox.csv": ("manabox", 29, 29, True),
    "moxfield-real-export.csv": ("moxfield", 43, 43, False),
    "moxfield.csv": ("moxfield", 29, 29, False),
    "tcgplayer-real-export.csv": ("tcgplayer", 43, 43, True),
    "tcgplayer.csv": ("tcgplayer", 29, 29, True),
}


@pytest.mark.parametrize("name", BINDERS)
def test_every_row_of_a_real_export_is_understood(alice, name: str) -> None:
    form, rows, holdings, asks = BINDERS[name]
    planned = plan(alice, name)
    assert (planned.read.format, planned.rows, planned.errors, planned.asks_for_trade) == (
        form,
        rows,
        [],
        asks,
    )
    assert not any(change.guessed for change in planned.changes)
    assert apply_import(plan=planned).count("created") == holdings
    assert Holding.objects.of(alice).count() == holdings


@pytest.mark.parametrize("name", BINDERS)
def test_the_same_export_again_in_place_changes_nothing(alice, name: str) -> None:
    apply_import(plan=plan(alice, name))
    again = apply_import(plan=plan(alice, name, mode="replace"))
    assert {change.outcome for change in again.changes} == {"unchanged"}


REJECTED = {
    # file: rows, rows written, (line, code) of the others
    "moxfield-blank-and-delimiter-rows.csv": (2, 1, [(5, "printing_unknown")]),
    "moxfield-conditions-real-export.csv": (6, 5, [(3, "card_unknown")]),
    "moxfield-count-rejected.csv": (
        4, 0, [(2, "quantity_invalid"), (3, "quantity_invalid"), (4, "quantity_invalid"), (5, "quantity_missing")],
    ),
    "moxfield-foil-rejected.csv": (3, 0, [(2, "finish_unknown"), (3, "finish_unknown"), (4, "finish_unknown")]),
    "moxfield-language-rejected.csv": (2, 0, [(2, "language_unknown"), (3, "language_unknown")]),
}  # fmt: skip


@pytest.mark.parametrize("name", REJECTED)
def test_each_remaining_row_has_its_own_clear_error(alice, name: str) -> None:
    rows, written, errors = REJECTED[name]
    done = apply_import(plan=plan(alice, name))
    assert (done.read.format, done.rows, done.count("created")) == ("moxfield", rows, written)
    assert [(error.line, error.code) for error in done.errors] == errors
    assert all(error.detail for error in done.errors)


def test_every_file_of_the_folder_is_tested_here() -> None:
    assert {path.name for path in EXPORTS.glob("*.csv")} == BINDERS.keys() | REJECTED.keys()


def binder(owner: User, name: str) -> Counter[tuple[str, ...]]:
    """The copies in the columns that all sites share."""
    Holding.objects.filter(owner=owner).delete()
    apply_import(plan=plan(owner, name, for_trade="none"))
    fields = ("card__name", "card__set_code", "card__collector_number", "finish", "condition", "language")
    return Counter({row[:-1]: row[-1] for row in Holding.objects.of(owner).values_list(*fields, "quantity")})


TUTORS = [("Demonic Tutor", "cmm", "509"), ("Demonic Tutor", "sta", "27")]
ETCHED = {(*tutor, "etched", "NM", "en") for tutor in TUTORS}


def without_etched(rows: Counter[tuple[str, ...]]) -> Counter[tuple[str, ...]]:
    """As a site tells it that has no word for etched."""
    told = rows.copy()
    for row in ETCHED & rows.keys():
        told[(*row[:3], "foil", *row[4:])] = told.pop(row)
    return told


@pytest.mark.parametrize("site", ["deckbox", "manabox", "archidekt", "dragonshield", "tcgplayer"])
def test_the_reference_set_is_the_same_binder_from_every_site(alice, site: str) -> None:
    reference = binder(alice, "moxfield.csv")
    assert (len(reference), reference.total()) == (29, 30)
    if site in ("deckbox", "dragonshield", "tcgplayer"):
        reference = without_etched(reference)
    assert binder(alice, f"{site}.csv") == reference


def bolt(condition: str, language: str = "en") -> tuple[str, ...]:
    return ("Lightning Bolt", "m11", "149", "nonfoil", condition, language)


# What a site made of the collection when it was moved there: less and more than at Moxfield.
MOVED = {
    "deckbox": (
        [bolt("MP"), bolt("DMG"), ("Aragorn, the Uniter", "ltr", "741z", "foil", "NM", "en")],
        [bolt("HP"), ("Aragorn, the Uniter", "ltr", "741", "foil", "NM", "en")],
    ),
    "manabox": ([bolt("MP"), bolt("DMG")], [bolt("HP")]),
    "archidekt": ([bolt("LP"), bolt("NM", "es")], [bolt("NM"), bolt("NM")]),
    "dragonshield": (
        [
            bolt("LP"), bolt("NM", "zhs"), ("Recruiter of the Guard", "plst", "CN2-22", "nonfoil", "NM", "ja"),
            ("Demonic Tutor", "plst", "DDC-49", "nonfoil", "NM", "en"),
        ],
        [
            bolt("NM"), ("Recruiter of the Guard", "cn2", "22", "nonfoil", "NM", "ja"),
            ("Demonic Tutor", "dvd", "49", "nonfoil", "NM", "en"),
        ],
    ),
    "tcgplayer": ([], []),
}  # fmt: skip


@pytest.mark.parametrize("site", MOVED)
def test_the_real_collection_is_the_same_but_for_the_known_differences(alice, site: str) -> None:
    reference = binder(alice, "moxfield-real-export.csv")
    assert reference.total() == 43
    if site in ("deckbox", "dragonshield", "tcgplayer"):
        reference = without_etched(reference)
    less, more = MOVED[site]
    assert binder(alice, f"{site}-real-export.csv") == reference - Counter(less) + Counter(more)


@pytest.mark.parametrize(
    ("name", "copies"),
    [("deckbox-real-export.csv", 0), ("moxfield-real-export.csv", 43), ("dragonshield-real-export.csv", 42)],
)
def test_copies_for_trade_are_those_of_the_file(alice, name: str, copies: int) -> None:
    apply_import(plan=plan(alice, name))
    assert sum(Holding.objects.of(alice).values_list("for_trade", flat=True)) == copies


@pytest.mark.parametrize("name", ["deckbox-real-export.csv", "deckbox.csv"])
def test_deckbox_is_understood_without_its_id_and_code_columns_too(alice, name: str) -> None:
    """As it exported until a few years ago: names of sets, numbers of its own."""
    import csv
    import io

    rows = list(csv.DictReader(io.StringIO((EXPORTS / name).read_text())))
    out = io.StringIO()
    columns = [column for column in rows[0] if column not in ("Scryfall ID", "Edition Code")]
    writer = csv.DictWriter(out, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    with_ids = {change.key for change in plan(alice, name).changes}
    without = plan_import(owner=alice, content=out.getvalue())
    assert without.errors == []
    assert {change.key for change in without.changes} == with_ids


def test_a_real_export_may_be_wanted_too(alice) -> None:
    planned = plan_wants_import(owner=alice, content=(EXPORTS / "moxfield-real-export.csv").read_bytes())
    assert (planned.rows, planned.count("created"), planned.errors) == (43, 43, [])


@pytest.mark.parametrize(
    ("line", "printing"),
    [
        ("4 Lightning Bolt (M11) 149", "Lightning Bolt (M11) 149"),
        ("4x Lightning Bolt [M11]", "Lightning Bolt (M11) 149"),
        ("1 Demonic Tutor (PLST) DDC-49", "Demonic Tutor (PLST) DDC-49"),
        ("1 Aragorn, the Uniter (LTR) 741z", "Aragorn, the Uniter (LTR) 741z"),
        ("1 Hazmat Suit (Used)", "Hazmat Suit (Used) (UST) 57"),
        ("1 _____", "_____ (UNH) 23"),
        ("1 Erase (Not the Urza's Legacy One) (UNH) 10", "Erase (Not the Urza's Legacy One) (UNH) 10"),
        ("1 Delver of Secrets", "Delver of Secrets // Insectile Aberration (ISD) 51"),
        ("1 lim duls vault (ALL)", "Lim-Dûl's Vault (ALL) 107"),
    ],
)
def test_pasted_lines_against_the_real_catalogue(alice, line: str, printing: str) -> None:
    planned = plan_import(owner=alice, content=line)
    assert planned.errors == []
    assert [str(change.card) for change in planned.changes] == [printing]
