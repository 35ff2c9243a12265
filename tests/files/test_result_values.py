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
        ("orders", pl.lit(None, TEXT).alias("payer"), "row 1, payer: is empty"),
        ("orders", pl.lit("x").alias("payer"), "row 1, payer 'x': is not a BIC"),
        ("orders", pl.lit("x" * 9999).alias("uetr"), "row 1, uetr 'xxxx"),
        ("orders", pl.lit("QQQ").alias("currency"), "row 1, currency 'QQQ'"),
        ("orders", pl.lit("QQQ").alias("payee_country"), "row 1, payee_country 'QQQ'"),
        ("orders", pl.lit(-1).cast(pl.Int64).alias("amount_minor"), "row 1, amount_minor '-1'"),
        ("orders", pl.lit("odd").alias("status"), "row 1, status 'odd'"),
        ("orders", pl.lit("odd").alias("reason"), "row 1, reason 'odd'"),
        ("accounts", pl.lit("a\x00").alias("name"), "row 1, name 'a.x00'"),
        ("accounts", pl.lit("a" * 141).alias("name"), "row 1, name 'aaaa"),
        ("accounts", pl.lit(2**62).alias("lowest_balance_minor"), "lowest_balance_minor '46116"),
        (
            "statements",
            pl.lit(2**63 - 1).cast(pl.Datetime("us", "UTC")).alias("settled_at"),
            "settled_at '9223372036854775807': lies outside",
        ),
        ("runs", pl.lit("guess").alias("algorithm"), "row 1, algorithm 'guess'"),
    ],
)
def test_a_value_that_cannot_be(tmp_path: Path, table: str, column: pl.Expr, said: str) -> None:
    write_results(tmp_path, small_results())
    path = tmp_path / f"{table}.parquet"
    pl.read_parquet(path).with_columns(column).write_parquet(path)
    with pytest.raises(InputError, match=said) as caught:
        read_results(tmp_path)
    assert str(caught.value).startswith(f"{path}: row ")
