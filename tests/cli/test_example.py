"""The example folder settles exactly as its README says, line by line."""

import datetime
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from skontro.cli.settle import REFUSALS_FILE
from tests.cli.command import EXAMPLE
from tests.cli.in_process import run_main


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example") / "settled"
    outcome = run_main("settle", EXAMPLE, "--output", folder)
    assert outcome.returncode == 0, outcome.stderr
    assert not (folder / REFUSALS_FILE).exists()
    return folder


def text_blocks() -> list[str]:
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    return re.findall(r"```text\n(.*?)```", readme, flags=re.DOTALL)


def clock(timestamp: datetime.datetime | None) -> str:
    return timestamp.astimezone(ZoneInfo("Asia/Almaty")).strftime("%H:%M") if timestamp else ""


def amount(minor: int | None) -> str:
    """Both currencies of the example have two decimals."""
    if minor is None:
        return ""
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100:,}.{abs(minor) % 100:02}"


def test_orders_end_as_the_readme_says(settled: Path) -> None:
    lines = ["order  status    reason                   entered  queued  final"]
    for row in pl.read_parquet(settled / "orders.parquet").to_dicts():
        entered, queued, final = (
            clock(row[f"{name}_at"]) for name in ("entered", "queued", "final")
        )
        line = f"{row['order'] + 1:5}  {row['status']:8}  {row['reason'] or '':23}"
        lines.append(f"{line}  {entered:7}  {queued:6}  {final}")
    assert "\n".join(lines) + "\n" == text_blocks()[0]


def test_statements_read_as_the_readme_prints_them(settled: Path) -> None:
    accounts = pl.read_parquet(settled / "accounts.parquet")
    statements = pl.read_parquet(settled / "statements.parquet")
    sections = []
    for account in accounts.to_dicts():
        lines = [
            f"{account['name']} ({account['bic']}), {account['currency']}",
            "entry  time   payment  counterparty         debit       credit      balance",
            f"       opening{amount(account['opening_balance_minor']):>61}",
        ]
        for row in statements.filter(pl.col("account") == account["account"]).to_dicts():
            debit, credit, balance = (
                amount(row[f"{column}_minor"]) for column in ("debit", "credit", "balance")
            )
            line = f"{row['entry']:5}  {clock(row['settled_at'])}  {int(row['uetr'][-2:]):7}"
            lines.append(
                f"{line}  {row['counterparty']:12}  {debit:>12} {credit:>12} {balance:>12}"
            )
        sections.append("\n".join(lines) + "\n")
    assert "\n".join(sections) == text_blocks()[1]
    closing = accounts.group_by("currency", maintain_order=True).agg(
        pl.col("closing_balance_minor").sum(), pl.col("opening_balance_minor").sum()
    )
    assert closing.rows() == [("KGS", 30_000_000, 30_000_000), ("KZT", 90_000_000, 90_000_000)]
