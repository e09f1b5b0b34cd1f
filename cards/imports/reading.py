"""An upload or a paste, whatever its format, as rows in our words."""

from django.utils.translation import gettext as _

from cards.errors import CardError
from cards.imports.content import text_of
from cards.imports.pasted import read_pasted
from cards.imports.rows import ReadFile
from cards.imports.tables import read_table, table_of


def read_file(content: bytes | str, *, is_csv: bool = False) -> ReadFile:
    """Read CSV from any site or, unless it must be CSV, a pasted list.

    CardError 400 `unreadable_file`, `header_unknown`, `no_rows`; 413 `too_large`, `too_many_rows`.
    """
    text = text_of(content)
    table = table_of(text)
    if table is None and is_csv:
        detail = _("The first line is no header that names a card's columns, such as Quantity and Name.")
        raise CardError("header_unknown", detail, status=400)
    read = read_table(table) if table else read_pasted(text)
    if not read.rows and not read.errors:
        raise CardError("no_rows", _("There is not one card in it."), status=400)
    return read
