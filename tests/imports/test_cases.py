"""Eight exports as banks have them: with the drafted map and few corrections, to the last unit."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from skontro.imports import Import, ImportMap, draft_for, import_sources, read_sources
from skontro.imports.column_map import UETR_NAMESPACE
from skontro.imports.orders import uetr_of

CASES = Path(__file__).parent / "cases"

#: What the files alone do not show; at most three keys each.
CORRECTIONS: dict[str, dict[str, Any]] = {
    "01-kz-register-csv": {"time_zone": "Asia/Almaty"},
    "02-1c-client-bank": {},
    "03-simulator-tables": {
        "time_zone": "Asia/Yerevan",
        "classes": {"1": "urgent", "2": "high", "5": "normal"},
        "leave_out": [{"column": "SYST_ID", "is": "ACH1", "why": "row of another system"}],
    },
    "04-uemoa-rtgs-xlsx": {},
    "05-spark-parquet": {"leave_out": [{"column": "status", "is": "2", "why": "cancelled"}]},
    "06-swift-fin": {},
    "07-fx-trades-utf16": {"time_zone": "Asia/Singapore"},
    "08-th-register-csv": {"time_zone": "Asia/Bangkok"},
}


def corrected(shape: ImportMap, corrections: dict[str, Any]) -> ImportMap:
    """The map with keys replaced, and with further rows to leave out."""
    content = shape.model_dump(by_alias=True)
    fixed = content["currency"]["fixed"]
    content["currency"]["fixed"] = fixed and fixed.code
    more = corrections.get("leave_out", [])
    return ImportMap.model_validate(
        content | corrections | {"leave_out": [*content["leave_out"], *more]}
    )


@cache
def imported(case: str) -> Import:
    files = [
        one for one in (CASES / case).iterdir() if one.name not in {"README.md", "expected.json"}
    ]
    sources = read_sources(sorted(files))
    return import_sources(sources, corrected(draft_for(sources).shape, CORRECTIONS[case]), case)


@cache
def expected(case: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((CASES / case / "expected.json").read_text("utf-8"))
    return content


all_cases = pytest.mark.parametrize("case", CORRECTIONS)


@all_cases
def test_orders_and_sums_are_the_expected_ones(case: str) -> None:
    payments, wanted = imported(case).scenario.payments, expected(case)
    assert payments.height == wanted["orders_to_settle"]
    numbers = dict(payments.group_by("currency").len().rows())
    assert numbers == wanted["orders_by_currency"]
    totals = dict(payments.group_by("currency").agg(pl.col("amount_minor").sum()).rows())
    assert totals == wanted["sum_minor_by_currency"]
    for side, key in (("payer", "paid_minor"), ("payee", "received_minor")):
        found: dict[str, dict[str, int]] = {}
        rows = payments.group_by("currency", side).agg(pl.col("amount_minor").sum()).rows()
        for currency, bank, minor in rows:
            found.setdefault(currency, {})[bank] = minor
        assert found == wanted[key]


@all_cases
def test_participants_and_days_hold_all_orders(case: str) -> None:
    scenario, wanted = imported(case).scenario, expected(case)
    assert [one.bic for one in scenario.directory.participants] == wanted["participants"]
    times = scenario.payments["submitted_at"]
    for time, key in ((times.min(), "first_submitted_at"), (times.max(), "last_submitted_at")):
        assert time == pl.Series([wanted[key]]).str.to_datetime("%+", time_unit="us")[0]


@all_cases
def test_rows_that_stay_out_are_the_expected_ones(case: str) -> None:
    outcomes, wanted = imported(case).outcomes, expected(case)
    out = outcomes.filter(pl.col("outcome").is_in(["left out", "refused"]))
    assert out.height == wanted["rows_not_settled"]
    assert out["why"].null_count() == 0
    named = {name for one in wanted["not_settled"] for name in one["references"]}
    if case == "06-swift-fin":  # named by reference or by UETR there
        return
    first = {name.split("/")[0].strip() for name in out["reference"]}
    assert first == {name.split("/")[0] for name in named}
    numbers = outcomes.filter(pl.col("outcome") == "refused")["reason_number"].to_list()
    refused = [one for one in wanted["not_settled"] if one["as"] == "refused"]
    apart = [one for one in refused if one["reason"] != "SAME_ACCOUNT"]
    assert sorted(numbers) == sorted(
        one["reason_number"] for one in apart for _ in one["references"]
    )


@all_cases
def test_rows_add_up(case: str) -> None:
    outcomes = imported(case).outcomes
    legs = 2 if case == "07-fx-trades-utf16" else 1
    orders = outcomes.filter(pl.col("outcome") == "order").height
    assert orders * legs == imported(case).scenario.payments.height
    assert outcomes.select("file", "line").is_duplicated().sum() == 0
    assert imported(case).references.height == imported(case).scenario.payments.height


@all_cases
def test_samples_are_found_whole(case: str) -> None:
    found = imported(case)
    joined = found.scenario.payments.join(found.references, on="uetr")
    for sample in expected(case)["samples"]:
        name = sample["reference"].split(":")[0]
        time = pl.Series([sample["submitted_at"]]).str.to_datetime("%+", time_unit="us")[0]
        rows = joined.filter(
            pl.col("reference").str.split(" / ").list.first() == name,
            pl.col("amount_minor") == sample["amount_minor"],
        )
        assert rows.select("payer", "payee", "currency", "submitted_at").rows() == [
            (sample["payer"], sample["payee"], sample["currency"], time)
        ]


def test_classes_and_liquidity_come_from_the_files() -> None:
    found, wanted = imported("03-simulator-tables").scenario, expected("03-simulator-tables")
    classes = dict(found.payments.group_by("payment_class").len().rows())
    assert classes == wanted["orders_by_class"]
    accounts = found.directory.accounts
    assert {one.bic: one.opening_balance for one in accounts} == wanted["opening_balances_minor"][
        "AMD"
    ]
    assert {one.bic: one.credit_line for one in accounts} == wanted["credit_lines_minor"]["AMD"]
    xof = imported("04-uemoa-rtgs-xlsx").scenario.payments
    classes = dict(xof.group_by("payment_class").len().rows())
    assert classes == expected("04-uemoa-rtgs-xlsx")["orders_by_class"]


def test_legs_name_each_other() -> None:
    payments = imported("07-fx-trades-utf16").scenario.payments
    both = payments.join(payments, left_on="counterleg", right_on="uetr")
    assert both.height == payments.height
    assert (both["uetr"] == both["counterleg_right"]).all()
    assert (both["payer"] == both["payee_right"]).all()


def test_names_of_banks_come_from_the_files() -> None:
    names = {
        one.bic: one.name for one in imported("08-th-register-csv").scenario.directory.participants
    }
    assert names["CHAOTHB0"] == "ธนาคารเจ้าพระยาพาณิชย์"
    kazakh = imported("01-kz-register-csv").scenario.directory.participants
    assert {one.bic: one.name for one in kazakh}["JAYLKZK0"] == 'АО "Жайлау Банк"'


def test_uetrs_follow_from_references() -> None:
    found = imported("03-simulator-tables").references
    row = found.filter(pl.col("reference") == "T500067")
    assert row["uetr"].to_list() == [uetr_of(UETR_NAMESPACE, "T500067")]
    assert uetr_of(UETR_NAMESPACE, "T500067")[14] == "4"
    own = imported("06-swift-fin").references["uetr"].to_list()
    assert "5ad1123f-b8b2-4f9e-99cb-83e72aa611da" in own


def test_the_drafted_map_needs_at_most_three_corrections() -> None:
    assert max(map(len, CORRECTIONS.values())) <= 3
    for case in CORRECTIONS:
        assert case in {one.name for one in CASES.iterdir()}
