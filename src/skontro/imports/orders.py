"""Orders from the rows of a foreign file, by its map."""

import hashlib
import uuid
from typing import Final

import polars as pl

from skontro.files.payments import PAYMENT_COLUMNS
from skontro.imports.amounts import AmountForm, plain_amount
from skontro.imports.bank_codes import BankCodes
from skontro.imports.column_map import ImportMap, LegMap
from skontro.imports.profiles import NUMBERS, currency_of
from skontro.imports.selection import NUMBER, WHY, bank_columns, reference, select_rows
from skontro.imports.source_table import FILE, LINE
from skontro.imports.times import DateForm, moments
from skontro.model import UETR_PATTERN, InputError

#: Digits with the currency in a Russian account number.
_ACCOUNT_CURRENCY: Final = slice(5, 8)


def read_orders(
    rows: pl.DataFrame, shape: ImportMap, codes: BankCodes
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of a foreign file as rows of a payments file.

    Args:
        rows: of the source.
        shape: the map.
        codes: BICs of codes and names.

    Returns:
        All source rows with number and reason to stay out (`NUMBER`, `WHY`), and the orders of the
        others as the reader of payments gives them: text, with the number of each in `row`, and the
        number of its source row in `NUMBER`.

    Raises:
        InputError: the map names a column that the file does not have.
    """
    _check_columns(rows, shape)
    if shape.columns.debit or shape.columns.credit:
        rows, shape = _from_own_view(rows, shape)
    rows = _with_bics(rows, shape, codes)
    chosen = select_rows(rows, shape)
    kept = chosen.filter(pl.col(WHY).is_null())
    kept = kept.with_columns(_moments(kept, shape), _classes(shape), reference(shape).alias("name"))
    uetrs = [_uetrs(kept, shape, f":{leg.name}" if shape.legs else "") for leg in _legs(shape)]
    legs = [_leg(kept, shape, leg, position, uetrs) for position, leg in enumerate(_legs(shape))]
    orders = pl.concat(legs).sort(NUMBER, "leg", maintain_order=True)
    orders = orders.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("row")).drop(
        "leg"
    )
    return chosen, PAYMENT_COLUMNS.complete(orders)


def _check_columns(rows: pl.DataFrame, shape: ImportMap) -> None:
    columns = shape.columns.model_dump()
    named = [("columns", key, value) for key, value in columns.items()]
    named += [
        (f"legs: {leg.name}", key, value)
        for leg in shape.legs
        for key, value in leg.model_dump().items()
        if key != "name"
    ]
    named.append(("the map", "versions", shape.versions))
    for part, key, value in named:
        for name in value if isinstance(value, list) else [value]:
            if name is not None and name not in rows.columns:
                known = ", ".join(one for one in rows.columns if not one.startswith(":"))
                raise InputError(
                    f"the map: {part}: {key}: there is no column {name!r}; there are {known}"
                )


def _from_own_view(rows: pl.DataFrame, shape: ImportMap) -> tuple[pl.DataFrame, ImportMap]:
    """Rows with payer and payee, from debit and credit on an account of the own bank.

    The payer of a debit is the own bank, that of a credit the counterparty.
    """
    columns = shape.columns
    debit, credit = columns.debit or columns.credit or "", columns.credit or columns.debit or ""
    own = pl.lit(shape.own_bank)
    other = pl.col(columns.counterparty or "")
    form = AmountForm(shape.amounts.decimal_mark)

    def is_empty(name: str) -> pl.Expr:
        return pl.col(name).is_null() | (plain_amount(name, form) == "0")

    pays = is_empty(credit) if debit != credit else pl.col(debit).str.contains("-", literal=True)
    rows = rows.with_columns(
        pl.when(pays).then(own).otherwise(other).alias(":payer"),
        pl.when(pays).then(other).otherwise(own).alias(":payee"),
        pl.when(pays).then(pl.col(debit)).otherwise(pl.col(credit)).alias(":sum"),
    )
    changed = columns.model_copy(
        update={
            **dict.fromkeys(("debit", "credit", "counterparty")),
            "payer": ":payer",
            "payee": ":payee",
            "amount": ":sum",
        }
    )
    return rows, shape.model_copy(update={"columns": changed})


def _with_bics(rows: pl.DataFrame, shape: ImportMap, codes: BankCodes) -> pl.DataFrame:
    names = {name for leg in _legs(shape) for name in (leg.payer, leg.payee)}
    return rows.with_columns(codes.column(rows[name]).alias(name) for name in sorted(names))


def _legs(shape: ImportMap) -> list[LegMap]:
    """The legs of each row: those of the map, or one of its columns."""
    if shape.legs:
        return shape.legs
    payer, payee = bank_columns(shape)
    columns = shape.columns
    leg = {"payer": payer, "payee": payee, "currency": columns.currency, "amount": columns.amount}
    return [LegMap(name="order", **{key: value or "" for key, value in leg.items()})]


def _moments(rows: pl.DataFrame, shape: ImportMap) -> pl.Series:
    columns, dates = shape.columns, shape.dates
    form = DateForm(dates.order, dates.calendar)
    date = columns.timestamp or columns.date or ""
    return moments(rows, date, columns.time, form, dates.digits_of_time)


def _classes(shape: ImportMap) -> pl.Expr:
    column = shape.columns.payment_class
    if column is None:
        return pl.lit(None, dtype=pl.String).alias("payment_class")
    # A word that the map does not have stays, and is refused as an unknown class.
    return pl.col(column).replace(shape.classes).alias("payment_class")


def _leg(
    rows: pl.DataFrame, shape: ImportMap, leg: LegMap, position: int, uetrs: list[pl.Series]
) -> pl.DataFrame:
    """One order of each row, with the UETRs of its own and the other leg."""
    form = AmountForm(shape.amounts.decimal_mark, shape.amounts.shift)
    several = len(shape.legs) > 1
    other = uetrs[1 - position] if several else pl.Series([None] * rows.height, dtype=pl.String)
    return rows.select(
        pl.col(NUMBER),
        pl.lit(position).alias("leg"),
        uetrs[position].alias("uetr"),
        pl.col(leg.payer).alias("payer"),
        pl.col(leg.payee).alias("payee"),
        _currency(rows, shape, leg).alias("currency"),
        plain_amount(leg.amount, form).alias("amount"),
        "submitted_at",
        "payment_class",
        other.alias("counterleg"),
    )


def _uetrs(rows: pl.DataFrame, shape: ImportMap, suffix: str) -> pl.Series:
    """The UETRs of rows: their own, or made from their references."""
    space = uuid.UUID(shape.uetr_namespace)
    names = rows["name"].to_list()
    made = [uetr_of(space, f"{name}{suffix}") for name in names]
    if shape.columns.uetr and not suffix:
        own = rows[shape.columns.uetr].str.to_lowercase()
        is_own = own.str.contains(UETR_PATTERN).fill_null(value=False)
        return own.zip_with(is_own, pl.Series(made, dtype=pl.String))
    return pl.Series(made, dtype=pl.String)


def uetr_of(space: uuid.UUID, name: str) -> str:
    """The UETR of a reference: its UUID of version 5, with the version that a UETR must have.

    Example:
        >>> uetr_of(uuid.NAMESPACE_URL, "T500001")
        'c3b4389f-1da9-4f86-9f97-e43c5e1f3db1'
    """
    h = hashlib.sha1(space.bytes + name.encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(h[16], 16) & 3]
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{variant}{h[17:20]}-{h[20:32]}"


def _currency(rows: pl.DataFrame, shape: ImportMap, leg: LegMap) -> pl.Series:
    """The currency of each row, as a code where it has one."""
    fixed = shape.currency.fixed
    if leg.currency:
        column = rows[leg.currency]
        codes = {
            text: shape.currency.spellings.get(text) or _code(text)
            for text in column.drop_nulls().unique()
        }
        found = column.replace_strict(codes, default=None, return_dtype=pl.String)
        return found if fixed is None else found.fill_null(fixed.code)
    if shape.currency.of_account and shape.columns.payer_account:
        numbers = rows[shape.columns.payer_account].str.slice(
            _ACCOUNT_CURRENCY.start, _ACCOUNT_CURRENCY.stop - _ACCOUNT_CURRENCY.start
        )
        return numbers.replace_strict(NUMBERS, default=None, return_dtype=pl.String)
    return pl.Series([None if fixed is None else fixed.code] * rows.height, dtype=pl.String)


def _code(text: str) -> str:
    """Codes in any case, and numbers; other words stay, so that they are refused."""
    if len(text) == 3:
        return currency_of(text) or text
    return text


#: Columns of the origin of a row, for reports.
ORIGIN: Final = (NUMBER, FILE, LINE)
