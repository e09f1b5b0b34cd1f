"""importprices: snapshots once a day, and the current price after any mix of sources and days."""

import gzip
import json
import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from cards.errors import CardError
from cards.models import Card, CurrentPrice, PriceSnapshot
from cards.price_import import PriceReport, import_prices
from core.clock import database_today
from tests.cards.bulk import SHARED, as_array, as_lines, card_row, opened, sheet, zipped
from tests.factories import CardFactory

pytestmark = pytest.mark.django_db
DAY = date(2026, 5, 15)
HEADER = "scryfall_id,finish,day,price"
ONE, TWO = UUID(int=1), UUID(int=2)


@pytest.fixture(autouse=True)
def cards() -> None:
    CardFactory(scryfall_id=ONE, finishes=["nonfoil", "foil"])
    CardFactory(scryfall_id=TWO, finishes=["nonfoil"])


def import_sheet(*rows: str, header: str = HEADER, **options: Any) -> PriceReport:
    return import_prices(file=opened(sheet(header, *rows).encode()), day=DAY, **options)


def current(finish: str = "nonfoil", scryfall_id: UUID = ONE) -> tuple[str, date, str] | None:
    price = CurrentPrice.objects.filter(card__scryfall_id=scryfall_id, finish=finish).first()
    return (price.source, price.day, str(price.price)) if price else None


def test_each_row_is_a_snapshot_and_the_newest_is_the_current_price() -> None:
    report = import_sheet(
        f"{ONE},nonfoil,2026-05-14,1.00", f"{ONE},nonfoil,2026-05-15,2.50", f"{ONE},foil,2026-05-15,7"
    )
    assert (report.read, report.created) == (3, 3)
    assert PriceSnapshot.objects.count() == 3
    assert current() == ("csv", date(2026, 5, 15), "2.50")
    assert current("foil") == ("csv", date(2026, 5, 15), "7.00")


def test_a_late_price_is_kept_but_is_not_the_current_one() -> None:
    import_sheet(f"{ONE},nonfoil,2026-05-15,2.50")
    assert import_sheet(f"{ONE},nonfoil,2026-05-01,9.00").created == 1
    assert current() == ("csv", date(2026, 5, 15), "2.50")


def test_the_same_file_again_changes_nothing_and_a_corrected_one_corrects() -> None:
    rows = [f"{ONE},nonfoil,2026-05-15,2.50", f"{TWO},nonfoil,2026-05-15,1.00"]
    import_sheet(*rows)
    report = import_sheet(*rows)
    assert (report.created, report.updated, report.unchanged) == (0, 0, 2)
    report = import_sheet(f"{ONE},nonfoil,2026-05-15,2.40")
    assert (report.created, report.updated, report.unchanged) == (0, 1, 0)
    assert current() == ("csv", date(2026, 5, 15), "2.40")


def test_of_two_prices_for_one_day_the_last_counts() -> None:
    import_sheet(f"{ONE},nonfoil,2026-05-15,2.50", f"{ONE},nonfoil,2026-05-15,3.50")
    assert current() == ("csv", date(2026, 5, 15), "3.50")


def test_columns_stand_in_any_order_and_extra_ones_are_ignored() -> None:
    row = f' 2.50 ,"a, remark",{str(ONE).upper()},2026-05-15,nonfoil'
    assert import_sheet(row, header="\ufeffPrice,Remark,Scryfall_ID, day ,FINISH").created == 1
    assert current() == ("csv", DAY, "2.50")


def test_the_first_source_that_has_a_price_wins_however_old_it_is(settings) -> None:
    settings.PRICE_SOURCES = ["shop", "csv"]
    import_sheet(f"{ONE},nonfoil,2026-05-15,2.50")
    assert current() == ("csv", DAY, "2.50")
    import_sheet(f"{ONE},nonfoil,2020-01-01,1.00", source="shop")
    assert current() == ("shop", date(2020, 1, 1), "1.00")
    import_sheet(f"{ONE},nonfoil,2026-05-16,5.00", source="unlisted")
    assert current() == ("shop", date(2020, 1, 1), "1.00")


def test_current_prices_are_what_the_snapshots_say_after_any_imports(settings) -> None:
    """Against the definition, computed in Python over all snapshots."""
    settings.PRICE_SOURCES = ["scryfall", "csv", "demo"]
    dice = random.Random(17)
    ids = [card.scryfall_id for card in CardFactory.create_batch(6)]
    for _ in range(12):
        rows = [
            f"{dice.choice(ids)},{dice.choice(['nonfoil', 'foil'])},"
            f"{DAY - timedelta(days=dice.randrange(9))},{dice.randrange(1, 900) / 100:.2f}"
            for _ in range(dice.randrange(1, 12))
        ]
        import_sheet(*rows, source=dice.choice(["scryfall", "csv", "demo", "other"]))
        assert {
            (p.card_id, p.finish): (p.source, p.day, p.price) for p in CurrentPrice.objects.all()
        } == expected()


def expected() -> dict[tuple[int, str], tuple[str, date, Decimal]]:
    best: dict[tuple[int, str], tuple[str, date, Decimal]] = {}
    for source in ["demo", "csv", "scryfall"]:
        for snapshot in PriceSnapshot.objects.filter(source=source).order_by("day"):
            best[snapshot.card_id, snapshot.finish] = (source, snapshot.day, snapshot.price)
    return best


def test_zero_is_no_price() -> None:
    report = import_sheet(f"{ONE},nonfoil,2026-05-15,0.00")
    assert (report.without_price, report.created, report.bad.count) == (1, 0, 0)


def test_cards_and_finishes_that_the_catalogue_lacks_are_counted_and_listed() -> None:
    stranger = UUID(int=99)
    report = import_sheet(
        f"{stranger},nonfoil,2026-05-15,1.00", f"{stranger},nonfoil,2026-05-16,1.00",
        f"{TWO},foil,2026-05-15,1.00", f"{ONE},foil,2026-05-15,1.00",
    )  # fmt: skip
    assert (report.created, report.unknown) == (1, 2)
    assert report.first_unknown == [(str(stranger), "nonfoil"), (str(TWO), "foil")]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("17,nonfoil,2026-05-15,1.00", "id_invalid"),
        (",nonfoil,2026-05-15,1.00", "id_invalid"),
        (f"{ONE},shiny,2026-05-15,1.00", "finish_unknown"),
        (f"{ONE},nonfoil,15.05.2026,1.00", "day_invalid"),
        (f"{ONE},nonfoil,2026-02-30,1.00", "day_invalid"),
        (f"{ONE},nonfoil,9999-01-01,1.00", "day_in_future"),
        (f"{ONE},nonfoil,2026-05-15,-1.00", "price_invalid"),
        (f"{ONE},nonfoil,2026-05-15,NaN", "price_invalid"),
        (f"{ONE},nonfoil,2026-05-15,1e400", "price_invalid"),
        (f"{ONE},nonfoil,2026-05-15,1.005", "price_invalid"),
        (f'{ONE},nonfoil,2026-05-15,"1,00"', "price_invalid"),
        (f"{ONE},nonfoil,2026-05-15,100000000.00", "price_invalid"),
        (f"{ONE},nonfoil,2026-05-15", "price_invalid"),
        (f"{ONE},nonfoil\0,2026-05-15,1.00", "finish_unknown"),
    ],
)
def test_a_bad_row_is_named_by_its_line_and_the_others_are_taken(row: str, code: str) -> None:
    good = f"{ONE},nonfoil,2026-05-15,2.00"
    report = import_sheet("", good, ",,,", row, good)
    assert report.created == 1
    assert [(bad.place.number, bad.code) for bad in report.bad.first] == [(5, code)]
    with pytest.raises(CardError, match="rows_refused"):
        import_sheet(good, row, strict=True)


def test_tomorrow_is_no_future_because_somewhere_it_is_today() -> None:
    assert import_sheet(f"{ONE},nonfoil,{database_today() + timedelta(days=1)},1.00").created == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"scryfall_id,finish,price\nx,nonfoil,1\n",  # no day
        b"<html></html>",
        b"\x89PNG\r\n\x1a\n",
        sheet(HEADER).encode(),
        sheet(HEADER, "a,b,c,d").encode(),
        sheet(HEADER, f"{ONE},nonfoil,2026-05-15,2.00").encode() + b"\xff\xfe,,,\n",
        sheet(HEADER, f'{ONE},"' + "x" * 140_000).encode(),
        zipped(sheet(HEADER, f"{ONE},nonfoil,2026-05-15,2.00").encode())[:-3],
    ],
)
def test_an_unusable_file_is_refused_and_nothing_is_written(content: bytes) -> None:
    with pytest.raises(CardError) as refusal:
        import_prices(file=opened(content), day=DAY)
    assert (refusal.value.code, refusal.value.status) == ("unreadable_file", 400)
    assert not PriceSnapshot.objects.exists()


@pytest.mark.parametrize("source", ["Two Words", "x" * 21, "-", "a\0"])
def test_a_source_is_a_short_word(source: str) -> None:
    with pytest.raises(CardError, match="source_invalid"):
        import_sheet(f"{ONE},nonfoil,2026-05-15,1.00", source=source)


@pytest.mark.parametrize("lay_out", [as_lines, as_array])
def test_bulk_data_brings_prices_of_the_day_that_is_named(lay_out: Any) -> None:
    rows = [
        card_row(1, prices={"usd": "1.50", "usd_foil": "4.00"}),
        card_row(2, prices={"usd": None}),
        card_row(3, prices={"usd": "8.00"}),
        card_row(4, digital=True, prices={"usd": "9.00"}),
    ]
    report = import_prices(file=opened(zipped(lay_out(rows))), day=DAY)
    assert (report.created, report.unknown) == (2, 1)
    assert current("foil") == ("scryfall", DAY, "4.00")
    assert Card.objects.count() == 2  # prices bring no cards


def test_the_command_tells_what_it_did_and_lists_the_unknown(tmp_path: Path, capsys) -> None:
    file = tmp_path / "prices.csv"
    rows = [f"{ONE},nonfoil,2026-05-15,1.00", f"{TWO},nonfoil,2026-05-15,0.00"]
    rows += [f"{UUID(int=100 + n)},nonfoil,2026-05-15,1.00" for n in range(22)]
    file.write_text(sheet(HEADER, *rows))
    call_command("importprices", file, "--source", "shop")
    told = capsys.readouterr()
    assert told.out == "1 created, 1 rows without a price, 22 not in the catalogue\n"
    assert told.err.splitlines()[0] == f"not in the catalogue: {UUID(int=100)} nonfoil"
    assert told.err.splitlines()[20:] == ["… and 2 more"]
    assert PriceSnapshot.objects.get().source == "shop"


def test_the_command_fails_if_a_row_was_bad(tmp_path: Path, capsys) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(sheet(HEADER, f"{ONE},nonfoil,2026-05-15,1.00", f"{ONE},nonfoil,2026-05-15,free"))
    with pytest.raises(CommandError, match="1 bad rows"):
        call_command("importprices", file)
    assert (
        capsys.readouterr().err
        == "line 3: price: 'free' is not an amount such as 4.50, at most 99,999,999.99\n"
    )
    assert current() == ("csv", DAY, "1.00")


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real data in ../shared/data")
def test_the_real_prices_whole_twice(tmp_path: Path, capsys) -> None:
    call_command("importcatalogue", SHARED / "cards-of-the-exports.json")
    priced = {line.split(",")[0] for line in (SHARED / "prices.csv").read_text().splitlines()}
    with gzip.open(SHARED / "cards-2019.jsonl.gz", "rt") as lines:
        rows = [json.loads(line) for line in lines]
    (tmp_path / "cards.jsonl").write_bytes(as_lines([row for row in rows if row["id"] in priced]))
    call_command("importcatalogue", tmp_path / "cards.jsonl", "--day", "2019-05-01")
    capsys.readouterr()
    for _ in range(2):
        call_command("importprices", SHARED / "prices.csv")
    assert capsys.readouterr().out.splitlines() == [
        "837 created, 3 rows without a price",
        "837 unchanged, 3 rows without a price",
    ]
    assert PriceSnapshot.objects.filter(source="csv", day="2026-05-15").count() == 837
