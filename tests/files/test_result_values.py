"""Results from anywhere: a value that cannot be is named by file, row and column."""

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from skontro.files import read_results, write_results
from skontro.files.result_values import check_values
from skontro.files.tables import SOURCES
from skontro.model import (
    FIRST_TIMESTAMP,
    MAX_AMOUNT,
    MAX_MONEY_PER_CURRENCY,
    InputError,
    from_timestamp,
)
from tests.files.small_examples import small_results

TEXT = pl.String()


@pytest.mark.parametrize(
    ("table", "column", "said"),
    [
        ("orders", pl.lit(None, TEXT).alias("payer"), "row 2, payer: is empty"),
        ("orders", pl.lit("x").alias("payer"), "row 2, payer 'x': is not a BIC"),
        ("orders", pl.lit("x" * 9999).alias("uetr"), "row 2, uetr 'xxxx"),
        ("orders", pl.lit("QQQ").alias("currency"), "row 2, currency 'QQQ'"),
        ("orders", pl.lit("QQQ").alias("payee_country"), "row 2, payee_country 'QQQ'"),
        ("orders", pl.lit(-1).cast(pl.Int64).alias("amount_minor"), "row 2, amount_minor '-1'"),
        ("orders", pl.lit("odd").alias("status"), "row 2, status 'odd'"),
        (
            "orders",
            pl.lit("earmarked").alias("status"),
            "final_at .* is given for an earmarked order",
        ),
        (
            "orders",
            pl.lit(None, pl.Datetime("us", "UTC")).alias("final_at"),
            "row 2, final_at: is e",
        ),
        ("orders", pl.lit("odd").alias("reason"), "row 2, reason 'odd'"),
        ("accounts", pl.lit("a\x00").alias("name"), "row 2, name 'a.x00'"),
        ("accounts", pl.lit("a" * 141).alias("name"), "row 2, name 'aaaa"),
        ("accounts", pl.lit(2**62).alias("lowest_balance_minor"), "lowest_balance_minor '46116"),
        (
            "statements",
            pl.lit(2**63 - 1).cast(pl.Datetime("us", "UTC")).alias("settled_at"),
            "settled_at '9223372036854775807': is outside",
        ),
        ("runs", pl.lit("guess").alias("algorithm"), "row 2, algorithm 'guess'"),
    ],
)
def test_a_value_that_cannot_be(tmp_path: Path, table: str, column: pl.Expr, said: str) -> None:
    write_results(tmp_path, small_results())
    path = tmp_path / f"{table}.parquet"
    pl.read_parquet(path).with_columns(column).write_parquet(path)
    with pytest.raises(InputError, match=said) as caught:
        read_results(tmp_path)
    assert str(caught.value).startswith(f"{path}: row ")


def test_the_first_row_that_cannot_be_is_named_as_a_spreadsheet_counts(tmp_path: Path) -> None:
    write_results(tmp_path, small_results())
    path = tmp_path / "orders.parquet"
    order = pl.read_parquet(path)
    three = pl.concat([order, *[order.with_columns(status=pl.lit("odd"))] * 2])
    three.write_parquet(path)
    with pytest.raises(InputError, match="row 3, status 'odd'"):
        read_results(tmp_path)


_MONEY, _DECIMAL = MAX_MONEY_PER_CURRENCY, pl.Decimal(38, 0)


@pytest.mark.parametrize(
    ("column", "dtype", "least", "most"),
    [
        ("amount_minor", pl.Int64, 0, MAX_AMOUNT),
        ("instructed_amount_minor", pl.Int64, 0, MAX_AMOUNT),
        ("debit_minor", pl.Int64, 0, MAX_AMOUNT),
        ("credit_minor", pl.Int64, 0, MAX_AMOUNT),
        ("liquidity_used_minor", pl.Int64, 0, _MONEY),
        ("credit_line_minor", pl.Int64, 0, _MONEY),
        ("opening_balance_minor", pl.Int64, -_MONEY, _MONEY),
        ("closing_balance_minor", pl.Int64, -_MONEY, _MONEY),
        ("lowest_balance_minor", pl.Int64, -_MONEY, _MONEY),
        ("balance_minor", pl.Int64, -_MONEY, _MONEY),
        ("paid_minor", _DECIMAL, 0, 10**32),
        ("order", pl.Int64, 0, 2**53),
        ("work", pl.Int64, 0, 2**53),
    ],
)
def test_numbers_have_exact_limits(column: str, dtype: pl.DataType, least: int, most: int) -> None:
    path = Path("x.parquet")
    number = Decimal if dtype == _DECIMAL else int
    table = pl.DataFrame({column: pl.Series([number(least), number(most)], dtype=dtype)})
    check_values(path, table)
    for wrong in (least - 1, most + 1):
        table = pl.DataFrame({column: pl.Series([number(least), number(wrong)], dtype=dtype)})
        with pytest.raises(InputError, match=f"row 3, {column} '{wrong}': is outside {least}.."):
            check_values(path, table)


NULLS = {
    "orders": ["uetr", "payment_class", "currency", "amount_minor"],
    "accounts": ["currency"],
    "statements": ["currency"],
    "runs": ["run", "algorithm", "currency"],
    "residuals": ["currency", "amount_minor"],
    "swap_lines": ["currency"],
}


@pytest.mark.parametrize("table", [*NULLS, "instructions"])
def test_what_may_be_empty_in_which_table(table: str) -> None:
    for column in dict.fromkeys(name for names in NULLS.values() for name in names):
        empty = pl.DataFrame({column: pl.Series([None], dtype=TEXT)})
        if column in NULLS.get(table, []):
            with pytest.raises(InputError, match=rf"{table}\.parquet: row 2, {column}: is empty"):
                check_values(Path(f"{table}.parquet"), empty)
        else:
            check_values(Path(f"{table}.parquet"), empty)
    for column in ("queued_at", "latest_at", "counterleg", "row", "funded_by", "participant"):
        empty = pl.DataFrame({column: pl.Series([None], dtype=TEXT)})
        check_values(Path(f"{table}.parquet"), empty)
    for column in ("payer", "status", "order", "settled_at", "name"):
        two = pl.DataFrame({column: pl.Series([GOOD[column], None])})
        with pytest.raises(InputError, match=f"row 3, {column}: is empty"):
            check_values(Path(f"{table}.parquet"), two)


GOOD = {
    "payer": "BANKDEFF",
    "status": "settled",
    "order": 1,
    "settled_at": from_timestamp(FIRST_TIMESTAMP),
    "name": "Bank",
}


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ("bic", "BANKDEFF", "BANKDEF"),
        ("counterparty", "BANKDEFF", "bankdeff"),
        ("debtor", "BANKDEFFXXX", "BANKDEFFXX"),
        ("funded_by", "BANKDEFF", "x"),
        ("participant", "BANKDEFF", "x"),
        ("counterleg", "00000000-0000-4000-8000-000000000001", "x"),
        ("funding_currency", "USD", "usd"),
        ("instructed_currency", "USD", "usd"),
        ("borrower", "KAZ", "kz"),
        ("debtor_country", "KAZ", "x"),
        ("creditor_country", "KAZ", "x"),
        ("payer_country", "KAZ", "x"),
        ("payment_class", "urgent", "slow"),
        ("status", "cancelled", "open"),
        ("mechanism", "queue", "x"),
        ("source", SOURCES[0], "x"),
    ],
)
def test_words_and_codes_are_those_of_their_column(column: str, good: str, bad: str) -> None:
    check_values(Path("x"), pl.DataFrame({column: [good]}))
    with pytest.raises(InputError, match=f"row 3, {column} '{bad}'"):
        check_values(Path("x"), pl.DataFrame({column: [good, bad]}))


def test_columns_of_a_table_of_results_are_exactly_its_own(tmp_path: Path) -> None:
    write_results(tmp_path, small_results())
    path = tmp_path / "orders.parquet"
    orders = pl.read_parquet(path)
    names = orders.columns
    for changed, said in (
        (orders.drop("order"), "column order is missing"),
        (orders.with_columns(more=1), "column more is not known"),
        (orders.cast({"order": pl.Int32}), "column order is Int32, expected Int64"),
        (orders.select(names[1], names[0], *names[2:]), "the columns are in another order"),
    ):
        changed.write_parquet(path)
        with pytest.raises(InputError) as caught:
            read_results(tmp_path)
        assert str(caught.value) == f"{path}: this is not a table of results: {said}"
