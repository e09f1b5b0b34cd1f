"""Reading files and pastes into rows: formats, encodings, words, and one error for each bad row."""

import gzip
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.errors import CardError
from cards.imports.reading import read_file
from cards.imports.rows import ReadRow
from tests.cards.bulk import sheet

HEADERS = {
    "deckbox": "Count,Tradelist Count,Name,Edition,Card Number,Condition,Language,Foil,Signed,Artist Proof,"
    "Altered Art,Misprint,Promo,Textless,My Price",
    "moxfield": "Count,Tradelist Count,Name,Edition,Condition,Language,Foil,Tags,Last Modified,Collector Number,"
    "Alter,Proxy,Purchase Price",
    "manabox": "Binder Name,Name,Set code,Set name,Collector number,Foil,Rarity,Quantity,ManaBox ID,Scryfall ID,"
    "Purchase price,Misprint,Altered,Condition,Language,Purchase price currency",
    "archidekt": "Quantity,Name,Finish,Condition,Date Added,Language,Edition Name,Edition Code,Scryfall ID,"
    "Collector Number",
    "dragonshield": "Folder Name,Quantity,Trade Quantity,Card Name,Set Code,Set Name,Card Number,Condition,Printing,"
    "Language",
    "tcgplayer": "Quantity,Name,Simple Name,Set,Card Number,Set Code,Printing,Condition,Language,Rarity,Product ID,SKU",
    "tradepost": "Quantity,For trade,Name,Set code,Set name,Collector number,Finish,Condition,Language,Variant,Note,"
    "Scryfall ID",
}


def row_of(text: str | bytes) -> ReadRow:
    read = read_file(text)
    assert read.errors == []
    (row,) = read.rows
    return row


def cell(site: str, **cells: str) -> str:
    """A file of that site with one row: "2" copies of "Opt" and the cells given, by column name."""
    columns = HEADERS[site].split(",")
    known = {"Count": "2", "Quantity": "2", "Name": "Opt", "Card Name": "Opt"} | {
        name.replace("_", " "): value for name, value in cells.items()
    }
    assert set(cells) <= {column.replace(" ", "_") for column in columns}, "the site has such columns"
    return sheet(HEADERS[site], ",".join(f'"{known.get(column, "")}"' for column in columns))


# --- which site -----------------------------------------------------------------------------


@pytest.mark.parametrize("site", HEADERS)
def test_the_site_is_known_by_its_header(site: str) -> None:
    read = read_file(cell(site))
    assert (read.format, len(read.rows), read.errors) == (site, 1, [])


def test_a_table_made_by_hand_is_read_too() -> None:
    read = read_file("qty;card name;set;Foil\n2;Opt;dom;yes\n1;Shock;m19;no\n")
    assert read.format == "csv"
    assert [(row.quantity, row.names, row.finish) for row in read.rows] == [
        (2, ("Opt",), "foil"),
        (1, ("Shock",), "nonfoil"),
    ]


def test_columns_may_drift_change_case_or_go() -> None:
    row = row_of("LANGUAGE,collector_number,  Name ,New Column,EDITION,Count\nGerman,149,Opt,?,dom,3\n")
    assert (row.quantity, row.names, row.sets, row.number, row.language) == (
        3,
        ("Opt",),
        ("dom",),
        "149",
        "de",
    )
    assert (row.finish, row.condition, row.for_trade) == (None, None, None)


def test_columns_without_a_place_here_are_named() -> None:
    assert read_file(cell("moxfield")).unused_columns == ["Tags", "Last Modified", "Purchase Price"]


# --- how it is written ----------------------------------------------------------------------

TEXT = "Count,Name,Edition\n2,Lim-Dûl's Vault,all\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.encode("cp1252"),
        gzip.compress(TEXT.encode(), mtime=0),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        TEXT.replace(",", ";").encode(),
        TEXT.replace(",", "\t").encode(),
        b'"sep=,"\n' + TEXT.encode(),
        b"sep=;\r\n" + TEXT.replace(",", ";").encode(),
        b"\xef\xbb\xbfsep=,\n" + TEXT.encode(),
        b"\n\n" + TEXT.encode(),
        TEXT,
        "\ufeff" + TEXT,
    ],
)
def test_encodings_packings_and_delimiters(content: bytes | str) -> None:
    row = row_of(content)
    assert (row.quantity, row.names, row.sets) == (2, ("Lim-Dûl's Vault",), ("all",))


def test_lines_are_counted_as_an_editor_does() -> None:
    text = '"sep=,"\nCount,Name,Edition,Tags\n1,Opt,dom,"two\nlines"\n\n,,,\n"x",Opt,dom,\n1,Opt,dom,\n'
    read = read_file(text)
    assert [row.line for row in read.rows] == [3, 8]
    assert [(error.line, error.code) for error in read.errors] == [(7, "quantity_invalid")]


def test_a_broken_quotation_costs_only_what_it_swallows() -> None:
    read = read_file('Count,Name,Edition\n1,"Opt" x,dom\n1,Opt,dom\n1,"Opt,dom\n1,Opt,dom\n')
    assert [row.line for row in read.rows] == [3]
    assert [(error.line, error.code) for error in read.errors] == [(2, "quoting"), (4, "quoting")]


def test_missing_cells_are_empty_and_too_many_are_an_error() -> None:
    read = read_file(
        "Count,Name,Edition,Language,Foil\n1,Opt\n1,Opt,dom,,,,,\n1,Jace, the Sculptor,dom,English,foil\n"
    )
    assert [row.line for row in read.rows] == [2, 3]
    assert [(error.line, error.code) for error in read.errors] == [(4, "too_many_cells")]


@pytest.mark.parametrize(
    ("content", "code", "status"),
    [
        (b"", "unreadable_file", 400),
        (b" \r\n\t", "unreadable_file", 400),
        ("\ufeff", "unreadable_file", 400),
        (gzip.compress(TEXT.encode(), mtime=0)[:-9], "unreadable_file", 400),
        (b"\x1f\x8bnot gzip", "unreadable_file", 400),
        (b"\x81\x8d\x8f", "unreadable_file", 400),
        (b"x" * (8 * 1024 * 1024 + 1), "too_large", 413),
        (gzip.compress(b"x" * (8 * 1024 * 1024 + 1), mtime=0), "too_large", 413),
        ("û" * (5 * 1024 * 1024), "too_large", 413),
        (sheet("Count,Name,Edition"), "no_rows", 400),
        ("// nothing\n\nDeck\n", "no_rows", 400),
        (sheet("Count,Name,Edition", *["1,Opt,dom"] * 50_001), "too_many_rows", 413),
        ("Opt\n" * 50_001, "too_many_rows", 413),
    ],
)
def test_unusable_files_are_refused_whole(content: bytes | str, code: str, status: int) -> None:
    with pytest.raises(CardError) as refusal:
        read_file(content)
    assert (refusal.value.code, refusal.value.status) == (code, status)


def test_what_must_be_csv_is_not_read_as_a_paste() -> None:
    assert read_file("4 Opt").format == "text"
    with pytest.raises(CardError, match="header_unknown"):
        read_file("4 Opt", is_csv=True)


# --- the words of each site -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("site", "word", "condition"),
    [
        ("deckbox", "Mint", "NM"),
        ("deckbox", "Near Mint", "NM"),
        ("deckbox", "Excellent", "LP"),
        ("deckbox", "Good (Lightly Played)", "LP"),
        ("deckbox", "Played", "MP"),
        ("deckbox", "Heavily Played", "HP"),
        ("deckbox", "Poor", "DMG"),
        ("moxfield", "Good (Lightly Played)", "LP"),
        ("moxfield", "Played", "MP"),
        ("moxfield", "Damaged", "DMG"),
        ("moxfield", "Lightly Played", "LP"),
        ("manabox", "mint", "NM"),
        ("manabox", "near_mint", "NM"),
        ("manabox", "excellent", "LP"),
        ("manabox", "light_played", "LP"),
        ("manabox", "good", "MP"),
        ("manabox", "played", "HP"),
        ("manabox", "poor", "DMG"),
        ("archidekt", "NM", "NM"),
        ("archidekt", "LP", "LP"),
        ("archidekt", "D", "DMG"),
        ("dragonshield", "NearMint", "NM"),
        ("dragonshield", "LightPlayed", "LP"),
        ("dragonshield", "Played", "HP"),
        ("tcgplayer", "Moderately Played", "MP"),
        ("tradepost", "HP", "HP"),
    ],
)
def test_conditions(site: str, word: str, condition: str) -> None:
    assert row_of(cell(site, Condition=word)).condition == condition


@pytest.mark.parametrize(
    ("site", "word", "language"),
    [
        ("deckbox", "Traditional Chinese", "zht"),
        ("moxfield", "Chinese", "zhs"),
        ("moxfield", "Phyrexian", "ph"),
        ("manabox", "zh_TW", "zht"),
        ("manabox", "zh_CN", "zhs"),
        ("manabox", "ja", "ja"),
        ("archidekt", "CT", "zht"),
        ("archidekt", "CS", "zhs"),
        ("archidekt", "JP", "ja"),
        ("archidekt", "KR", "ko"),
        ("archidekt", "SP", "es"),
        ("dragonshield", "Simplified Chinese", "zhs"),
        ("tradepost", "grc", "grc"),
    ],
)
def test_languages(site: str, word: str, language: str) -> None:
    assert row_of(cell(site, Language=word)).language == language


@pytest.mark.parametrize(
    ("text", "finish"),
    [
        (cell("moxfield", Foil=""), "nonfoil"),
        (cell("moxfield", Foil="foil"), "foil"),
        (cell("moxfield", Foil="etched"), "etched"),
        (cell("manabox", Foil="normal"), "nonfoil"),
        (cell("manabox", Foil=""), None),
        (cell("archidekt", Finish="Etched"), "etched"),
        (cell("dragonshield", Printing="Double Rainbow Foil"), "foil"),
        (cell("dragonshield", Printing="Etched Foil"), "etched"),
        (cell("tcgplayer", Printing="Normal"), "nonfoil"),
        (cell("tradepost", Finish="nonfoil"), "nonfoil"),
    ],
)
def test_finishes(text: str, finish: str | None) -> None:
    assert row_of(text).finish == finish


@pytest.mark.parametrize(
    ("text", "variant", "note"),
    [
        (cell("deckbox", Signed="signed"), "signed", ""),
        (cell("deckbox", Altered_Art="altered"), "altered", ""),
        (cell("deckbox", Signed="signed", Misprint="misprint", Artist_Proof="proof"), "signed", "misprint, artist proof"),
        (cell("moxfield", Alter="True", Proxy="False"), "altered", ""),
        (cell("manabox", Misprint="true", Altered="false"), "misprint", ""),
        (cell("tradepost", Variant="graded", Note="BGS 9.5"), "graded", "BGS 9.5"),
        (cell("tradepost", Note="'=1+1"), "none", "=1+1"),
        (cell("tradepost", Note=" two  blanks "), "none", " two  blanks "),
    ],
)  # fmt: skip
def test_what_makes_a_copy_special(text: str, variant: str, note: str) -> None:
    row = row_of(text)
    assert (row.variant, row.note) == (variant, note)


@pytest.mark.parametrize(
    ("text", "for_trade"),
    [
        (cell("deckbox", Tradelist_Count="1"), 1),
        (cell("deckbox", Tradelist_Count=""), 0),
        (cell("dragonshield", Trade_Quantity="2"), 2),
        (cell("manabox"), None),
        (cell("archidekt"), None),
    ],
)
def test_copies_for_trade(text: str, for_trade: int | None) -> None:
    assert row_of(text).for_trade == for_trade
    assert read_file(text).has_trade_column == (for_trade is not None)


def test_deckbox_numbers_the_list_by_the_set_it_imitates() -> None:
    header = "Count,Name,Edition,Edition Code,Card Number,Printing Note"
    row = row_of(sheet(header, "1,Demonic Tutor,The List,plist,49,DDC"))
    assert row.number == "DDC-49"
    row = row_of(sheet(header, "1,Plains,Core Set 2021,m21,309,Showcase"))
    assert row.number == "309"


BAD_CELLS = [
    (cell("moxfield", Count=""), "quantity_missing"),
    *((cell("moxfield", Count=count), "quantity_invalid")
      for count in ("0", "-3", "abc", "1.5", "1e3", "100000", "٣", "9" * 30)),
    *((cell("moxfield", Tradelist_Count=count), "for_trade_invalid") for count in ("3", "-1", "x")),
    (cell("moxfield", Name=""), "name_missing"),
    (cell("moxfield", Name="x" * 301), "name_too_long"),
    (cell("moxfield", Condition="Shiny"), "condition_unknown"),
    (cell("moxfield", Language="Klingon"), "language_unknown"),
    (cell("moxfield", Language="EN"), "language_unknown"),
    (cell("manabox", Language="English"), "language_unknown"),
    *((cell("moxfield", Foil=foil), "finish_unknown") for foil in ("yes", "true", "bogus")),
    (cell("moxfield", Proxy="True"), "proxy"),
    (cell("moxfield", Alter="perhaps"), "flag_unknown"),
    (cell("manabox", Scryfall_ID="17"), "scryfall_id_invalid"),
    (cell("moxfield", Name="a\0b"), "control_character"),
    (cell("tradepost", Variant="shiny"), "variant_unknown"),
    (cell("tradepost", Note="x" * 201), "note_too_long"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code"), BAD_CELLS)
def test_a_bad_row_has_one_clear_error_with_its_line(text: str, code: str) -> None:
    header, row = text.splitlines()
    good = cell("moxfield").splitlines()[1] if "Tags" in header else None
    read = read_file(sheet(header, *filter(None, [good, row, good])))
    assert [(error.line, error.code) for error in read.errors] == [(3 if good else 2, code)]
    assert len(read.rows) == (2 if good else 0)
    assert "\0" not in read.errors[0].detail


def test_a_lone_surrogate_is_an_error_not_a_crash() -> None:
    read = read_file("1 Opt\ud800\n1 Shock")
    assert [(error.line, error.code) for error in read.errors] == [(1, "control_character")]
    assert len(read.rows) == 1


# --- pasted text ----------------------------------------------------------------------------

OPT = ReadRow(line=1, quantity=1, names=("Opt",))


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("Opt", OPT),
        ("1 Opt", OPT),
        ("  4 Opt  ", replace(OPT, quantity=4)),
        ("4x Opt", replace(OPT, quantity=4)),
        ("4X Opt", replace(OPT, quantity=4)),
        ("4 × Opt", replace(OPT, quantity=4)),
        ("Opt x4", replace(OPT, quantity=4)),
        ("SB: 2 Opt", replace(OPT, quantity=2)),
        ("1 Opt *F*", replace(OPT, finish="foil")),
        ("1 Opt *E*", replace(OPT, finish="etched")),
        ("1 Opt [foil]", replace(OPT, finish="foil")),
        ("4 Opt (DOM) 60", replace(OPT, quantity=4, sets=("DOM",), number="60", literal="Opt (DOM) 60")),
        ("4x Opt [DOM]", replace(OPT, quantity=4, sets=("DOM",), literal="Opt [DOM]")),
        ("1 Opt (dom) 60 *F*", replace(OPT, sets=("dom",), number="60", literal="Opt (dom) 60", finish="foil")),
        ("1 Opt <DOM:60>", replace(OPT, sets=("DOM",), number="60", literal="Opt <DOM:60>")),
        ("1 Opt (DOM) #60", replace(OPT, sets=("DOM",), number="60", literal="Opt (DOM) #60")),
        ("1 Opt [Dominaria]", replace(OPT, sets=("Dominaria",), literal="Opt [Dominaria]")),
        ("1 Opt (PLST) XLN-65", replace(OPT, sets=("PLST",), number="XLN-65", literal="Opt (PLST) XLN-65")),
        ("1x Opt (dom) 60 [Draw,Ramp] ^Have,#37d67a^",
         replace(OPT, sets=("dom",), number="60", literal="Opt (dom) 60 [Draw,Ramp]")),
        ("1 Opt #draw #blue", OPT),
        ("2 Fire // Ice", replace(OPT, quantity=2, names=("Fire // Ice",))),
        ("1 B.F.M. (Big Furry Monster) (UGL) 28",
         replace(OPT, names=("B.F.M. (Big Furry Monster)",), sets=("UGL",), number="28",
                 literal="B.F.M. (Big Furry Monster) (UGL) 28")),
        ("+2 Mace", replace(OPT, names=("+2 Mace",))),
        ("1 _____", replace(OPT, names=("_____",))),
    ],
)  # fmt: skip
def test_pasted_lines(line: str, row: ReadRow) -> None:
    assert read_file(line).rows == [row]


def test_headings_comments_and_blank_lines_are_passed_over() -> None:
    text = "About\nName My deck\n\nDeck\n4 Opt\n\nSideboard:\n// later\n# tags\n---\nCreatures (12)\nCOMMANDER\n1 Shock\n"
    read = read_file(text)
    assert (read.format, read.errors) == ("text", [])
    assert [(row.line, row.names) for row in read.rows] == [(5, ("Opt",)), (13, ("Shock",))]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("0 Opt", "quantity_invalid"),
        ("100000 Opt", "quantity_invalid"),
        ("1 " + "x" * 600, "name_too_long"),
        ("1 Opt\x07", "control_character"),
    ],
)
def test_bad_lines_of_a_paste(line: str, code: str) -> None:
    read = read_file(f"1 Shock\n{line}\n1 Opt")
    assert [(error.line, error.code) for error in read.errors] == [(2, code)]
    assert len(read.rows) == 2


# --- anything at all ------------------------------------------------------------------------

CELLS = st.one_of(
    st.text(max_size=12), st.sampled_from(["1", "Opt", "dom", "foil", "English", '"', "\0", "(", "\n"])
)


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300)))
def test_no_upload_is_more_than_refused(content: bytes | str) -> None:
    try:
        read = read_file(content)
    except CardError:
        return
    assert read.rows or read.errors


@given(st.sampled_from(sorted(HEADERS.values())), st.lists(st.lists(CELLS, max_size=18), max_size=8))
def test_no_table_is_more_than_refused(header: str, rows: list[list[str]]) -> None:
    try:
        read = read_file(sheet(header, *(",".join(cells) for cells in rows)))
    except CardError:
        return
    assert all(error.line > 1 and error.code and error.detail for error in read.errors)
