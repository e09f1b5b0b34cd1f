"""importcatalogue: every layout of the file, every bad row, and nothing done twice."""

import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from cards.bulk_files import bulk_rows, readable
from cards.catalogue import CatalogueReport, import_catalogue
from cards.errors import CardError
from cards.models import Card, CurrentPrice, PriceSnapshot
from tests.cards.bulk import (
    SHARED,
    as_array,
    as_lines,
    as_one_line,
    as_pretty_array,
    card_row,
    mixed_array,
    opened,
    zipped,
)

pytestmark = pytest.mark.django_db
DAY = date(2026, 5, 15)


def import_rows(*rows: Any, **options: Any) -> CatalogueReport:
    return import_catalogue(file=opened(as_lines(list(rows))), day=DAY, **options)


@pytest.mark.parametrize("pack", [bytes, zipped])
@pytest.mark.parametrize("lay_out", [as_lines, as_array, as_pretty_array, as_one_line, mixed_array])
def test_every_layout_plain_or_gzip_gives_the_same_cards(
    lay_out: Callable[[list[Any]], bytes], pack: Callable[[bytes], bytes]
) -> None:
    rows = [card_row(number) for number in range(1, 6)]
    report = import_catalogue(file=opened(pack(lay_out(rows))), day=DAY)
    assert (report.created, report.bad.count) == (5, 0)
    assert sorted(Card.objects.values_list("name", flat=True)) == [f"Card {n}" for n in range(1, 6)]


def test_a_byte_order_mark_and_blank_lines_are_passed_over() -> None:
    content = b"\xef\xbb\xbf" + as_lines([card_row(1)]) + b"\n\n" + as_lines([card_row(2)])
    assert import_catalogue(file=opened(content), day=DAY).created == 2


def test_a_card_is_written_as_scryfall_has_it() -> None:
    import_rows(
        card_row(
            7, name="Lim-Dûl's Vault", set="ALL", set_name="Alliances", collector_number="107",
            rarity="uncommon", lang="ja", finishes=["etched", "nonfoil"],
        )
    )  # fmt: skip
    card = Card.objects.get()
    assert card.scryfall_id == UUID(int=7)
    assert card.oracle_id == UUID(int=1_000_007)
    assert (card.name, card.search_name) == ("Lim-Dûl's Vault", "lim duls vault")
    assert (card.set_code, card.set_name, card.collector_number) == ("all", "Alliances", "107")
    assert (card.rarity, card.languages, card.finishes) == ("uncommon", ["ja"], ["nonfoil", "etched"])
    assert card.image_uri == "https://example.com/7.jpg"
    assert card.released_at == date(2010, 7, 16)


def test_a_reversible_card_takes_what_it_lacks_from_its_faces() -> None:
    face = {
        "name": "Zndrsplt",
        "oracle_id": str(UUID(int=5)),
        "image_uris": {"normal": "https://example.com/front.jpg"},
    }
    import_rows(card_row(1, name=None, oracle_id=None, image_uris=None, card_faces=[face, face]))
    card = Card.objects.get()
    assert (card.name, card.oracle_id) == ("Zndrsplt // Zndrsplt", UUID(int=5))
    assert card.image_uri == "https://example.com/front.jpg"


def test_digital_printings_are_left_out() -> None:
    report = import_rows(card_row(1), card_row(2, digital=True))
    assert (report.created, report.digital) == (1, 1)
    assert [card.name for card in Card.objects.all()] == ["Card 1"]


def test_the_same_file_again_changes_nothing() -> None:
    rows = [card_row(number, prices={"usd": "1.00"}) for number in range(1, 4)]
    import_rows(*rows)
    before = row_versions()
    report = import_rows(*rows)
    assert (report.created, report.updated, report.unchanged) == (0, 0, 3)
    assert (report.prices.created, report.prices.updated, report.prices.unchanged) == (0, 0, 3)
    assert row_versions() == before


def row_versions() -> list[tuple[Any, ...]]:
    """Where each row lies: a row written again, even unchanged, lies elsewhere."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'card', id, ctid::text FROM cards_card"
            " UNION ALL SELECT 'price', id, ctid::text FROM cards_pricesnapshot"
            " UNION ALL SELECT 'now', id, ctid::text FROM cards_currentprice ORDER BY 1, 2"
        )
        return cursor.fetchall()


def test_what_changed_is_updated_in_place() -> None:
    import_rows(card_row(1), card_row(2))
    before = {card.scryfall_id: card.pk for card in Card.objects.all()}
    report = import_rows(card_row(1, name="Renamed"), card_row(2), card_row(3))
    assert (report.created, report.updated, report.unchanged) == (1, 1, 1)
    assert Card.objects.get(pk=before[UUID(int=1)]).search_name == "renamed"


def test_of_a_printing_twice_in_one_file_the_last_counts() -> None:
    report = import_rows(card_row(1, name="Old"), card_row(2), card_row(1, name="New"))
    assert (report.created, report.repeated) == (2, 1)
    assert Card.objects.get(scryfall_id=UUID(int=1)).name == "New"


def test_its_prices_are_those_of_the_day_in_site_currency(settings) -> None:
    prices = {"usd": "1.25", "usd_foil": "0.00", "usd_etched": "9.00", "eur": "1.10", "tix": "0.03"}
    import_rows(card_row(1, prices=prices))
    found = PriceSnapshot.objects.values_list("finish", "source", "day", "price")
    assert list(found) == [("nonfoil", "scryfall", DAY, Decimal("1.25"))]  # no etched printing, foil is 0
    assert CurrentPrice.objects.get().price == Decimal("1.25")
    settings.SITE_CURRENCY = "EUR"
    import_rows(card_row(2, prices=prices))
    assert PriceSnapshot.objects.get(card__scryfall_id=UUID(int=2)).price == Decimal("1.10")


BAD_ROWS: dict[str, list[Any]] = {
    "not_a_card": [17, "text", None, [], {"object": "set", "id": "x"}],
    "id_invalid": [card_row(1, id="17"), card_row(1, id=None), card_row(1, oracle_id="x"), card_row(1, id=5)],
    "name_missing": [card_row(1, name=""), card_row(1, name=None), card_row(1, name=["a"])],
    "name_too_long": [card_row(1, name="x" * 301)],
    "control_character": [card_row(1, name="a\0b"), card_row(1, collector_number="1\n")],
    "set_code_missing": [card_row(1, set=None)],
    "set_code_too_long": [card_row(1, set="x" * 11)],
    "collector_number_missing": [card_row(1, collector_number=None)],
    "rarity_unknown": [card_row(1, rarity="ultra"), card_row(1, rarity=None)],
    "language_unknown": [card_row(1, lang="klingon"), card_row(1, lang=["en"])],
    "finishes_missing": [
        card_row(1, finishes=[]),
        card_row(1, finishes=["glossy"]),
        card_row(1, finishes=None),
    ],
    "released_at_invalid": [card_row(1, released_at="2019-02-31"), card_row(1, released_at=2019)],
    "price_invalid": [
        card_row(1, prices={"usd": price}) for price in ("-1", "NaN", "1.234", "1e5", 3, "123456789")
    ],
}


@pytest.mark.parametrize(
    ("code", "row"), [(code, row) for code, rows in BAD_ROWS.items() for row in rows], ids=str
)
def test_a_bad_row_is_named_by_its_line_and_the_others_are_taken(code: str, row: Any) -> None:
    report = import_rows(card_row(8), row, card_row(9))
    assert report.created == 2
    assert [(bad.place.number, bad.code) for bad in report.bad.first] == [(2, code)]


def test_in_an_array_of_any_layout_the_card_is_counted_instead() -> None:
    report = import_catalogue(file=opened(as_pretty_array([card_row(1), {}, card_row(2)])), day=DAY)
    assert [str(bad.place) for bad in report.bad.first] == ["card 2"]


def test_strict_refuses_the_file_for_one_bad_row() -> None:
    with pytest.raises(CardError) as refusal:
        import_rows(card_row(1), {}, strict=True)
    assert refusal.value.code == "rows_refused"
    assert "line 2" in refusal.value.detail
    assert not Card.objects.exists()


GOOD = as_lines([card_row(number) for number in range(1, 200)])
UNREADABLE = {
    "empty": b"",
    "blank": b"  \n\n",
    "web page": b"<!DOCTYPE html><html><body>503</body></html>",
    "not JSON": b"name;set\nLightning Bolt;m11\n",
    "truncated gzip": zipped(GOOD)[:-200],
    "damaged gzip": zipped(GOOD)[:300] + b"damage" + zipped(GOOD)[306:],
    "broken line": GOOD + b'{"object": "card", "na\n' + GOOD,
    "array without end": as_array([card_row(1), card_row(2)])[:-3],
    "pretty array without end": as_pretty_array([card_row(1), card_row(2)])[:-30],
    "array followed by rubbish": as_one_line([card_row(1)]) + b"rubbish",
    "empty array": b"[]",
    "no card at all": b'{"a": 1}\n{"b": 2}\n',
    "endless line": b'{"name": "' + b"x" * (2 << 20),
    "deep nesting": b"[" * 5_000,
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_unusable_file_is_refused_with_one_line_and_nothing_is_written(content: bytes) -> None:
    with pytest.raises(CardError) as refusal:
        import_catalogue(file=opened(content), day=DAY)
    assert (refusal.value.code, refusal.value.status) == ("unreadable_file", 400)
    assert "\n" not in refusal.value.detail
    assert not Card.objects.exists()


def test_a_file_of_nothing_but_bad_rows_lists_only_the_first() -> None:
    report = import_rows(card_row(1), *[{}] * 500)
    assert (report.bad.count, len(report.bad.first)) == (500, 100)


# --- the command ----------------------------------------------------------------------------


def test_the_command_tells_what_it_did(tmp_path: Path, capsys) -> None:
    file = tmp_path / "cards.json"
    file.write_bytes(as_array([card_row(1), card_row(2, digital=True)]))
    call_command("importcatalogue", file)
    assert capsys.readouterr().out == "1 created, 1 digital left out\n"
    call_command("importcatalogue", file)
    assert capsys.readouterr().out == "1 unchanged, 1 digital left out\n"


def test_the_day_of_its_prices_is_the_files_own_or_the_one_given(tmp_path: Path) -> None:
    file = tmp_path / "cards.jsonl"
    file.write_bytes(as_lines([card_row(1, prices={"usd": "2.00"})]))
    os.utime(file, (datetime(2026, 3, 1, tzinfo=UTC).timestamp(),) * 2)
    call_command("importcatalogue", file)
    call_command("importcatalogue", file, "--day", "2026-03-02")
    days = PriceSnapshot.objects.order_by("day").values_list("day", flat=True)
    assert list(days) == [date(2026, 3, 1), date(2026, 3, 2)]


def test_bad_rows_are_listed_and_the_command_fails_after_importing_the_rest(tmp_path: Path, capsys) -> None:
    file = tmp_path / "cards.jsonl"
    file.write_bytes(as_lines([card_row(1), card_row(2, rarity="ultra")]))
    with pytest.raises(CommandError, match="1 bad rows were left out"):
        call_command("importcatalogue", file)
    assert capsys.readouterr().err == "line 2: rarity: 'ultra' is unknown\n"
    assert Card.objects.count() == 1


@pytest.mark.parametrize("content", [None, b"<html>", zipped(GOOD)[:-9]])
def test_a_missing_or_unusable_file_is_one_line_and_exit_code_1(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "cards.json.gz"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CommandError) as failure:
        call_command("importcatalogue", file)
    assert failure.value.returncode == 1
    assert str(file) in str(failure.value)
    assert "\n" not in str(failure.value)


# --- memory and the real files --------------------------------------------------------------


def test_memory_does_not_grow_with_the_file() -> None:
    small = zipped(as_lines([card_row(number) for number in range(1, 500)]))

    def peak(times: int) -> int:
        tracemalloc.start()
        with readable(opened(small * times)) as content:
            count = sum(1 for _row in bulk_rows(content))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == 499 * times
        return peak

    peak(1)
    assert peak(40) < peak(2) + 100_000 + len(small) * 40


needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real data in ../shared/data")


@needs_shared
def test_the_real_catalogue_whole_twice(capsys) -> None:
    call_command("importcatalogue", SHARED / "cards-2019.jsonl.gz")
    call_command("importcatalogue", SHARED / "cards-of-the-exports.json")
    call_command("importcatalogue", SHARED / "cards-2019.jsonl.gz")
    assert capsys.readouterr().out.splitlines() == [
        "42,247 created, 3,604 digital left out, 821 new prices",
        "25 created",
        "42,247 unchanged, 3,604 digital left out",
    ]
    assert Card.objects.count() == 42_272
    assert Card.objects.get(set_code="j14", languages=["ph"]).name == "Elesh Norn, Grand Cenobite"


@needs_shared
@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak from Linux's /proc")
@pytest.mark.django_db(transaction=True)
def test_peak_memory_stays_under_200_mb_for_five_times_the_real_file(tmp_path: Path) -> None:
    five = tmp_path / "five.jsonl.gz"
    five.write_bytes((SHARED / "cards-2019.jsonl.gz").read_bytes() * 5)
    database = connection.settings_dict
    run = "import re, sys; from django.core.management import call_command; import django\n"
    run += "django.setup(); from django.conf import settings\n"
    run += f"settings.DATABASES['default']['NAME'] = {database['NAME']!r}\n"
    run += "call_command('importcatalogue', sys.argv[1])\n"
    # Not getrusage: its peak includes what this process had when it forked.
    run += "print(re.search(r'VmHWM:\\s+([0-9]+) kB', open('/proc/self/status').read())[1])"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(
        [sys.executable, "-c", run, five], check=True, capture_output=True, text=True, env=environment
    )
    told, peak = done.stdout.splitlines()
    assert told == "42,247 created, 18,020 digital left out, 168,988 repeated, 821 new prices"
    assert int(peak) < 200_000
