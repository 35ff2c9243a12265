"""Scenarios and results: what is written comes back the same, and twice the same bytes."""

import shutil
from pathlib import Path
from typing import Any

import attrs
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skontro.files import (
    Scenario,
    ScenarioReading,
    read_results,
    read_scenario,
    write_participants,
    write_rates,
    write_results,
    write_scenario,
)
from skontro.model import (
    ParticipantDirectory,
    RateTable,
    find_currency,
)
from tests.draws import examples
from tests.files.banks import DIRECTORY, uetr
from tests.files.random_scenarios import scenarios
from tests.files.small_examples import assert_same_frame, bytes_of, small_results, small_scenario

SLOW_FOLDERS = settings(
    max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@SLOW_FOLDERS
@given(scenario=scenarios(), payments_format=st.sampled_from(["parquet", "csv"]))
def test_a_scenario_comes_back_as_written(
    tmp_path: Path, scenario: Scenario, payments_format: Any
) -> None:
    folder = tmp_path / "scenario"
    shutil.rmtree(folder, ignore_errors=True)
    write_scenario(folder, scenario, payments_format)
    first = bytes_of(folder)
    reading = read_scenario(folder)
    assert not list(reading.refusals)
    back = reading.scenario
    assert_same_frame(back, scenario)
    assert back.directory.participants == scenario.directory.participants
    assert back.directory.accounts == scenario.directory.accounts
    assert back.payments.equals(scenario.payments)
    assert back.instructions.equals(scenario.instructions)
    write_scenario(folder, back, payments_format)
    assert bytes_of(folder) == first


@pytest.mark.parametrize("copies", [0, 1, 1000])
def test_results_come_back_as_written(tmp_path: Path, copies: int) -> None:
    results = small_results(copies)
    write_results(tmp_path / "one", results)
    back = read_results(tmp_path / "one")
    assert_same_frame(back, results)
    for table in ("orders", "accounts", "statements", "runs"):
        assert getattr(back, table).equals(getattr(results, table))
    write_results(tmp_path / "two" / "deep", back)
    assert bytes_of(tmp_path / "two" / "deep") == bytes_of(tmp_path / "one")
    assert read_results(tmp_path / "one" / "results.yaml").name == results.name


def test_how_a_table_was_built_does_not_change_the_bytes(tmp_path: Path) -> None:
    # Tables of a few thousand rows are one row group however they were built; this one is not.
    whole = (
        small_results()
        .statements.select(pl.all().repeat_by(300_000).explode())
        .with_columns(entry=pl.int_range(pl.len(), dtype=pl.Int64))
    )
    whole = whole.rechunk()
    parts = pl.concat(list(whole.iter_slices(1000)), rechunk=False)
    assert (whole.n_chunks(), parts.n_chunks()) == (1, 300)
    for name, statements in (("whole", whole), ("parts", parts)):
        write_results(tmp_path / name, attrs.evolve(small_results(), statements=statements))
    assert bytes_of(tmp_path / "parts") == bytes_of(tmp_path / "whole")


def test_the_documents_are_as_the_reference_says(tmp_path: Path) -> None:
    write_scenario(tmp_path, small_scenario(), "csv")
    assert (
        (tmp_path / "scenario.yaml").read_text()
        == """\
format: skontro scenario
version: 1
name: Two days around a change of clocks
time_zone: Europe/Berlin
business_days:
  dates:
    - 2026-10-25
    - 2026-10-26
  opens: '01:00'
  closes: '18:00'
provenance:
  hours: none
  payments: made by hand
participants: participants.yaml
payments: payments.csv
rates: rates.csv
"""
    )
    assert (tmp_path / "rates.csv").read_text() == (
        "currency,account_currency,units,as_of,source\nKZT,EUR,555.5,2026-10-23,NBK\n"
    )
    assert (tmp_path / "payments.csv").read_text().splitlines()[1] == (
        f"{uetr(1)},BANKDEFF,BANKKZKX,EUR,12.50,high,2026-10-24T23:00:05.000000Z,,"
        "2026-10-24T23:00:09.000000Z,,,"
    )
    assert (
        (tmp_path / "participants.yaml")
        .read_text()
        .startswith("""\
participants:
  - bic: BANKBHBM123
    name: Bank of BHR
    country: BHR
    accounts:
      - currency: BHD
        opening_balance: '1000.000'
        credit_line: '0.500'
""")
    )


def test_other_files_in_place_of_those_named(tmp_path: Path) -> None:
    write_scenario(tmp_path / "scenario", small_scenario())
    poor = ParticipantDirectory(DIRECTORY.participants, DIRECTORY.accounts[:1])
    write_participants(tmp_path / "few.yaml", poor)
    write_rates(tmp_path / "none.csv", RateTable(find_currency("USD"), []))
    header = (tmp_path / "payments.csv", "uetr,payer,payee,currency,amount,submitted_at\n")
    header[0].write_text(header[1])

    def read(**others: Path) -> ScenarioReading:
        return read_scenario(tmp_path / "scenario" / "scenario.yaml", **others)

    assert read(payments=header[0]).scenario.payments.height == 0
    assert read(rates=tmp_path / "none.csv").scenario.rates.account_currency.code == "USD"
    reading = read(participants=tmp_path / "few.yaml")
    assert reading.scenario.payments.height == 0
    assert [refusal.field for refusal in reading.refusals] == ["payer", "payee"]
