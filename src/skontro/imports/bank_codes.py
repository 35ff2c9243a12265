"""BICs of banks that a file names by a code or a name, from a second file."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

import attrs
import polars as pl

from skontro.imports.column_map import CodesMap
from skontro.imports.source_table import SourceTable
from skontro.imports.vocabulary import plain
from skontro.model import InputError, find_country

BIC: Final = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_HEAD_OFFICE: Final = "XXX"


def bic_of(text: str) -> str | None:
    """The BIC that a text is, in capital letters and without the XXX of the head office; or None.

    Example:
        >>> bic_of("akwacia0xxx "), bic_of("Akwaba Finance")
        ('AKWACIA0', None)
    """
    code = text.strip().upper()
    if not BIC.fullmatch(code) or not _is_country(code[4:6]):
        return None
    return code.removesuffix(_HEAD_OFFICE) if len(code) > 8 else code


@cache
def _is_country(code: str) -> bool:
    try:
        find_country(code)
    except InputError:
        return False
    return True


@attrs.frozen
class BankCodes:
    """BICs by code or name.

    Attributes:
        by_code: codes without leading zeros, and names in plain letters.
        names: names of the banks by BIC.
    """

    by_code: Mapping[str, str] = attrs.field(factory=dict)
    names: Mapping[str, str] = attrs.field(factory=dict)

    @classmethod
    def of(cls, table: SourceTable, shape: CodesMap) -> "BankCodes":
        """The codes in a table.

        Raises:
            InputError: a column is missing, or one code has two BICs.
        """
        for column in (shape.code, shape.bic, *([shape.name] if shape.name else [])):
            if column not in table.columns:
                raise InputError(
                    f"{table.name}: there is no column {column!r}; see codes in the map"
                )
        by_code: dict[str, str] = {}
        names: dict[str, str] = {}
        columns = [shape.code, shape.bic, *([shape.name] if shape.name else [])]
        for code, text, *more in table.rows.select(columns).iter_rows():
            bic = bic_of(text or "")
            if bic is None:
                continue
            for spelling in (code, *more):
                key = _key(spelling or "")
                if key and by_code.setdefault(key, bic) != bic:
                    raise InputError(
                        f"{table.name}: {spelling!r} is the code of {by_code[key]} and of {bic}; "
                        "a code has one BIC"
                    )
            if more and more[0]:
                names.setdefault(bic, more[0])
        return cls(by_code, names)

    def find(self, text: str) -> str | None:
        """The BIC of a code, of a name, or of a BIC in any spelling; None if there is none."""
        return self.by_code.get(_key(text)) or bic_of(text)

    def column(self, values: pl.Series) -> pl.Series:
        """The BICs of a column; a value without one stays, so that it is refused as it is."""
        found = {text: self.find(text) or text for text in values.drop_nulls().unique()}
        return values.replace_strict(found, default=None, return_dtype=pl.String)


def _key(text: str) -> str:
    """A code as all spellings of it are compared: numbers without leading zeros."""
    key = plain(text)
    return key.lstrip("0") or key
