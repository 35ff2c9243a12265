"""Results from anywhere: a value that cannot be is named by file, row and column."""

from pathlib import Path

import polars as pl
import pytest
from small_examples import small_results

from skontro.files import read_results, write_results
from skontro.model import InputError

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
        ("orders", pl.lit("odd").alias("reason"), "row 2, reason 'odd'"),
        ("accounts", pl.lit("a\x00").alias("name"), "row 2, name 'a.x00'"),
        ("accounts", pl.lit("a" * 141).alias("name"), "row 2, name 'aaaa"),
        ("accounts", pl.lit(2**62).alias("lowest_balance_minor"), "lowest_balance_minor '46116"),
        (
            "statements",
            pl.lit(2**63 - 1).cast(pl.Datetime("us", "UTC")).alias("settled_at"),
            "settled_at '9223372036854775807': lies outside",
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
