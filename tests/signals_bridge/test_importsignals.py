"""importsignals: JSON and CSV, one clear line on bad input, all of a file or nothing, also when killed."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core.clock import database_now
from signals_bridge.models import Publisher, Recommendation, Source
from tests.signals_bridge.factories import row

COLUMNS = (
    *("external_id", "scryfall_id", "finish", "action", "price", "target_price", "confidence"),
    *("rationale", "issued_at", "valid_until"),
)


@pytest.fixture
def file(tmp_path) -> Callable[[str | bytes], str]:
    def write(content: str | bytes) -> str:
        path = tmp_path / "signals"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


@pytest.fixture
def imported(capsys) -> Callable[..., str]:
    def run(*args: str) -> str:
        call_command("importsignals", *args)
        return str(capsys.readouterr().out).strip()

    return run


@pytest.fixture
def refused(capsys) -> Callable[..., tuple[str, list[str]]]:
    """The line of a refusal and what was told before it; nothing is written."""

    def run(*args: str) -> tuple[str, list[str]]:
        before = (Recommendation.objects.count(), Source.objects.count(), Publisher.objects.count())
        with pytest.raises(CommandError) as refusal:
            call_command("importsignals", *args)
        after = (Recommendation.objects.count(), Source.objects.count(), Publisher.objects.count())
        assert after == before
        assert "\n" not in str(refusal.value)
        return str(refusal.value).removeprefix(f"{args[0]}: "), capsys.readouterr().err.splitlines()

    return run


def batch(rows: Iterable[Any], **more: Any) -> str:
    return json.dumps({"source": "acme", "signals": list(rows), **more})


def table(rows: Iterable[dict[str, Any]]) -> str:
    """CSV of calls that name their card by its Scryfall id."""

    def cell(value: Any) -> str:
        return '"' + str("" if value is None else value).replace('"', '""') + '"'

    return "".join(
        ",".join(line) + "\n"
        for line in [COLUMNS, *[[cell(said.get(name)) for name in COLUMNS] for said in rows]]
    )


def said(opt: Any, **more: Any) -> dict[str, Any]:
    return row(opt, **{"card": ..., "scryfall_id": str(opt.scryfall_id), **more})


# --- what it reads ---------------------------------------------------------------------------


@pytest.mark.parametrize("pack", [str.encode, lambda text: gzip.compress(text.encode(), mtime=0)])
@pytest.mark.parametrize("lay_out", ["as it comes", "source last", "indented", "with a mark"])
def test_json_in_every_layout(opt, file, imported, pack, lay_out) -> None:
    body: dict[str, Any] = {
        "source": "acme",
        "signals": [row(opt), row(opt, external_id="s2", confidence=0.5)],
    }
    text = {
        "as it comes": json.dumps(body),
        "source last": json.dumps(dict(reversed(body.items()))),
        "indented": json.dumps(body, indent=2),
        "with a mark": "\ufeff" + json.dumps(body),
    }[lay_out]
    path = file(pack(text))
    assert imported(path) == "2 created"
    assert imported(path) == "2 unchanged"
    assert list(Recommendation.objects.order_by("external_id").values_list("confidence", flat=True)) == [
        Decimal("0.8"),
        Decimal("0.5"),
    ]


def test_a_table_says_the_same_as_json(opt, acme, file, imported) -> None:
    calls = [
        said(opt),
        said(opt, external_id="s2", action="HOLD", target_price=None, rationale=None),
        said(opt, external_id="s3", rationale='Two lines,\n"quoted".'),
    ]
    assert imported(file(table(calls)), "--source", "acme") == "3 created"
    as_json = [{name: value for name, value in call.items() if value is not None} for call in calls]
    assert imported(file(batch(as_json))) == "3 unchanged"


def test_columns_may_stand_anywhere_and_cards_go_by_their_id(opt, file, imported) -> None:
    call = row(opt)
    names = [*reversed(call), "mood"]
    text = ",".join(names).upper() + "\n" + ",".join([str(call.get(name, "glad")) for name in names]) + "\n\n"
    assert imported(file(text), "--source", "acme") == "1 created"


@pytest.mark.parametrize(
    "formula", ["=1+1", '=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"]
)
def test_formulas_stay_text(opt, file, imported, formula) -> None:
    call = said(opt, external_id=f"{formula}1", rationale=formula)
    assert imported(file(table([call])), "--source", "acme") == "1 created"
    kept = Recommendation.objects.get()
    assert (kept.external_id, kept.rationale) == (f"{formula}1".strip(), formula.strip())


@pytest.mark.parametrize("column", ["price", "target_price", "confidence", "issued_at"])
def test_a_formula_is_no_number_and_no_time(opt, file, refused, column) -> None:
    text = table([said(opt, **{column: "=1+1"})])
    _line, told = refused(file(text), "--source", "acme")
    assert [fault.split(":")[0] for fault in told] == [f"2/{column}"]


# --- whose it is -----------------------------------------------------------------------------


def test_a_new_source_is_nobodys_unless_said(alice, opt, file, imported) -> None:
    imported(file(batch([row(opt)])))
    assert Source.objects.get().publisher is None
    imported(file(json.dumps({"source": "beta", "signals": [row(opt)]})), "--publisher", "Alice")
    publisher = Source.objects.get(name="beta").publisher
    assert (publisher.user, publisher.may_import) == (alice, True)


def test_a_source_keeps_its_owner(alice, bob, acme, opt, file, imported, refused) -> None:
    path = file(batch([row(opt)]))
    assert imported(path) == "1 created"
    assert refused(path, "--publisher", "bob")[0] == "This source belongs to somebody else."
    assert imported(path, "--publisher", "alice") == "1 unchanged"


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--source", "beta"], "the file says source acme, not beta"),
        (["--publisher", "nobody"], "there is no account nobody"),
    ],
)
def test_options_that_do_not_fit(opt, file, refused, options, line) -> None:
    assert refused(file(batch([row(opt)])), *options)[0] == line


# --- what it refuses -------------------------------------------------------------------------


def test_all_bad_rows_are_told_and_nothing_is_written(opt, file, refused) -> None:
    calls = [said(opt), said(opt, external_id="s2", price="0"), said(opt, finish="etched"), said(opt)]
    line, told = refused(file(table(calls)), "--source", "acme")
    assert line == "3 signals are not valid; nothing was imported."
    assert told == [
        "3/price: At least 0.01.",
        "4/finish: This card does not exist in this finish.",
        "5/external_id: This id is in the batch twice.",
    ]
    line, told = refused(file(batch(calls)))
    assert line == "3 signals are not valid; nothing was imported."
    assert [fault.split(":")[0] for fault in told] == ["2/price", "3/finish", "4/external_id"]


def test_a_comma_without_quotes_cuts_no_text_short(opt, file, refused) -> None:
    text = table([said(opt)]).removesuffix("\n") + ", and no reprint\n"
    line, told = refused(file(text), "--source", "acme")
    assert line == "1 signal is not valid; nothing was imported."
    assert [fault.split(":")[0] for fault in told] == [f"2/column {len(COLUMNS) + 1}"]


def test_of_many_bad_rows_a_hundred_are_told(opt, file, refused) -> None:
    calls = [said(opt, external_id=str(n), price="0") for n in range(150)]
    line, told = refused(file(table(calls)), "--source", "acme")
    assert (line, len(told)) == ("150 signals are not valid; nothing was imported.", 100)


def test_a_known_call_that_says_something_else(opt, file, imported, refused) -> None:
    imported(file(batch([row(opt)])))
    line, told = refused(file(batch([row(opt, external_id="new"), row(opt, price="2.51")])))
    assert line == "1 signal is known and said something else; nothing was imported."
    assert [fault.split(":")[0] for fault in told] == ["2/external_id"]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "This is neither CSV nor a JSON object."),
        (b"[]", "This is neither CSV nor a JSON object."),
        (b"<html>", "This is neither CSV nor a JSON object."),
        (b"{}", "The file names no source; it has to look like {“source”: …, “signals”: […]}."),
        (b'{"source": 7, "signals": []}', "The file names no source; it has to look like"),
        (b'{"source": "acme", "signals": []}', "There is not one signal in it."),
        (b'{"source": "acme", "signals": [{', "This is not valid JSON, or it was cut off:"),
        (b'{"source": "acme", "signals": [{"price": NaN}]}', "This is not valid JSON, or it was cut off:"),
        (b'{"source": "Acme", "signals": [{}]}', "A source is a short word of a–z"),
        (
            gzip.compress(b'{"source": "acme", "signals": [{}]}', mtime=0)[:-9],
            "The gzip file is damaged or was cut off:",
        ),
    ],
)
def test_files_that_are_none(db, file, refused, content, line) -> None:
    assert refused(file(content))[0].startswith(line)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"external_id,price\n", "The first line lacks the columns finish, action, confidence, issued_at"),
        (",".join(COLUMNS).encode() + b"\n", "There is not one signal in it."),
        (",".join(COLUMNS).encode() + b"\n\xff\n", "Line 2 is not UTF-8."),
        (",".join(COLUMNS).encode() + b'\n"x', "Line 2 is not CSV:"),
    ],
)
def test_tables_that_are_none(db, file, refused, content, line) -> None:
    assert refused(file(content), "--source", "acme")[0].startswith(line)


def test_a_table_needs_a_source(opt, file, refused) -> None:
    assert refused(file(table([said(opt)])))[0] == "a table names no source; say which by --source"


def test_a_file_that_is_not_there(db, refused, tmp_path) -> None:
    assert refused(str(tmp_path / "none"))[0] == "No such file or directory"


# --- in a process of its own -----------------------------------------------------------------


RUN = """
import django, re, sys
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[2]
django.setup()
from django.core.management import call_command
call_command("importsignals", sys.argv[1])
print(re.search(r"VmHWM:\\s+([0-9]+) kB", open("/proc/self/status").read())[1])
"""


def start(path: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, path, connection.settings_dict["NAME"]],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )


def big_file(path: Path, opt: Any, count: int) -> str:
    """So many calls with long rationales, written without holding them."""
    end = f"{database_now() + timedelta(days=30):%Y-%m-%d}T00:00:00Z"
    with path.open("w") as out:
        out.write('{"source": "acme", "signals": [\n')
        for n in range(count):
            call = row(opt, external_id=str(n), rationale="Because. " * 100, valid_until=end)
            out.write(("," if n else "") + json.dumps(call | {"issued_at": "2026-01-01T00:00:00Z"}) + "\n")
        out.write("]}\n")
    return str(path)


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_nothing_is_left_and_a_retry_gives_each_once(opt, tmp_path) -> None:
    path = big_file(tmp_path / "big.json", opt, 20_000)
    process = start(path)
    try:
        wait_for_rows(1_000)
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert (Recommendation.objects.count(), Source.objects.count()) == (0, 0)
    for told in ("20,000 created", "20,000 unchanged"):
        assert start(path).communicate()[0].splitlines()[0] == told
    assert Recommendation.objects.values("external_id").distinct().count() == 20_000
    assert Recommendation.objects.count() == 20_000


def wait_for_rows(count: int) -> None:
    """Until a COPY into this database has taken so many rows."""
    watched = "SELECT coalesce(max(tuples_processed), 0) FROM pg_stat_progress_copy WHERE datname = %s"
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute(watched, [connection.settings_dict["NAME"]])
            if cursor.fetchone()[0] >= count:
                return
        time.sleep(0.01)
    raise AssertionError("no rows came")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_memory_does_not_grow_with_the_file(opt, tmp_path) -> None:
    def peak(count: int, told: str) -> int:
        """Megabytes of a process that imports so many calls."""
        path = big_file(tmp_path / f"{count}.json", opt, count)
        line, kilobytes = start(path).communicate()[0].splitlines()
        assert line == told
        return int(kilobytes) // 1024

    small = peak(1_000, "1,000 created")
    large = peak(40_000, "39,000 created, 1,000 unchanged")
    assert large <= small + 10
