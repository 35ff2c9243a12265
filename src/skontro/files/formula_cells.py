"""CSV cells that a spreadsheet would take for formulas: marked when written, unmarked when read.

A spreadsheet evaluates a CSV cell that begins like a formula. Such a formula can send the rest of
the sheet elsewhere or start a program (CWE-1236). An apostrophe before the cell marks it as text,
as spreadsheets do themselves. Numbers stay numbers: a negative amount is no formula.

A cell with apostrophes before a formula gets one more. So no two cells have the same marked form,
and removing one apostrophe gives back exactly the original cell.
"""

from typing import Final

import polars as pl

MARK: Final = "'"

# Blanks before the sign do not help, and wide signs count in some locales. NUL is dropped by some.
_FORMULA: Final = r"^'*(?:[\t\r\n\x00]|\s*[=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}])"
_NUMBER: Final = r"^'*-[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?: ?%)?$"


def marked(table: pl.DataFrame) -> pl.DataFrame:
    """The table with an apostrophe before each text that a spreadsheet would compute.

    Example:
        >>> marked(pl.DataFrame({"name": ["=1+1", "-1.50", "Bank"]}))["name"].to_list()
        ["'=1+1", '-1.50', 'Bank']
    """
    text = pl.col(pl.String)
    return table.with_columns(
        pl.when(_is_formula(text)).then(MARK + text).otherwise(text).name.keep()
    )


def unmarked(table: pl.DataFrame) -> pl.DataFrame:
    """The inverse of `marked`; an apostrophe that marks no formula stays.

    Example:
        >>> unmarked(pl.DataFrame({"name": ["'=1+1", "'t Bank"]}))["name"].to_list()
        ['=1+1', "'t Bank"]
    """
    names = [
        name
        for name, dtype in table.schema.items()
        if dtype == pl.String() and table[name].str.starts_with(MARK).any()
    ]
    bare = pl.col(names).str.strip_prefix(MARK)
    is_marked = pl.col(names).str.starts_with(MARK) & _is_formula(bare)
    return table.with_columns(pl.when(is_marked).then(bare).otherwise(pl.col(names)).name.keep())


def _is_formula(text: pl.Expr) -> pl.Expr:
    return text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
