"""Scenarios and results: what is written comes back the same, and twice the same bytes."""

import datetime
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import polars as pl
import pytest
from banks import DAYS, DIRECTORY, ZONE, uetr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skontro.files import (
    ACCOUNTS,
    ORDERS,
    PAYMENTS,
    STATEMENTS,
    Results,
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
    MAX_AMOUNT,
    SECOND,
    BusinessDay,
    InputError,
    Participant,
    ParticipantDirectory,
    Rate,
    RateTable,
    SettlementAccount,
    find_country,
    find_currency,
    from_timestamp,
)

SLOW_FOLDERS = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
BICS = ("BANKDEFF", "BANKKZKX", "BANKVNVX", "BANKBHBM123", "NOXXNOKK", "TRUEFR22")
CODES = ("EUR", "KZT", "VND", "BHD")
ZONES = ("Europe/Berlin", "Asia/Almaty", "America/St_Johns", "UTC")

one_line = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20).filter(
    lambda text: text.strip() != "" and text.splitlines() == [text]
)
names = one_line | st.sampled_from(
    ["NO", "on", "1250.50", "2026-01-05", "~", "- a", "#", " x ", "é: b"]
)
amounts = st.integers(0, 10**17) | st.integers(0, 300)


@st.composite
def directories(draw: st.DrawFn) -> ParticipantDirectory:
    bics = draw(st.lists(st.sampled_from(BICS), unique=True, max_size=5))
    pairs = [(bic, code) for bic in bics for code in CODES]
    held = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    lei = st.sampled_from([None, "5493006MHB84DD0ZWV18"])
    return ParticipantDirectory(
        [
            Participant(
                bic, draw(names), find_country(draw(st.sampled_from(["NO", "KAZ"]))), draw(lei)
            )
            for bic in bics
        ],
        [
            SettlementAccount(bic, find_currency(code), draw(amounts), draw(amounts))
            for bic, code in held
        ],
    )


@st.composite
def day_lists(draw: st.DrawFn) -> tuple[BusinessDay, ...]:
    """Days of the usual hours, and of any others, in a zone whose clocks change."""
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    steps = draw(st.lists(st.integers(2, 200), min_size=1, max_size=5))
    date, days = datetime.date(2024, 2, 1), []
    for step in steps:
        date += datetime.timedelta(days=step)
        usual = BusinessDay.at(date, datetime.time(9), datetime.time(18, 30), zone)
        odd = st.integers(-20 * 3600 * SECOND, 14 * 3600 * SECOND)
        opens = usual.opens_at + draw(st.just(0) | odd)
        length = draw(st.just(8 * 3600 * SECOND) | st.integers(1, 12 * 3600 * SECOND))
        days.append(draw(st.sampled_from([usual, BusinessDay(date, opens, opens + length)])))
    return tuple(days)


@st.composite
def payment_tables(
    draw: st.DrawFn, directory: ParticipantDirectory, days: tuple[BusinessDay, ...]
) -> pl.DataFrame:
    holders: dict[str, list[str]] = {}
    for account in directory.accounts:
        holders.setdefault(account.currency.code, []).append(account.bic)
    payable = [code for code, bics in holders.items() if len(bics) > 1]
    rows = []
    for number in range(draw(st.integers(0, 6)) if payable else 0):
        code = draw(st.sampled_from(payable))
        payer, payee = draw(st.permutations(holders[code]))[:2]
        day = draw(st.sampled_from(days))
        submitted = draw(st.integers(day.opens_at, day.closes_at - 1))
        earliest = draw(st.none() | st.integers(day.opens_at, day.closes_at))
        latest = draw(st.none() | st.integers(max(submitted, earliest or 0), day.closes_at))
        amount = draw(st.integers(1, 2000) | st.integers(1, MAX_AMOUNT))
        instructed = draw(
            st.just((None, None)) | st.tuples(st.sampled_from(CODES), st.integers(1, MAX_AMOUNT))
        )
        payment_class = draw(st.sampled_from(["urgent", "high", "normal"]))
        parties = (uetr(number), payer, payee, code, amount, payment_class)
        rows.append((*parties, submitted, earliest, latest, *instructed))
    moments = [name for name, dtype in PAYMENTS.items() if isinstance(dtype, pl.Datetime)]
    raw = pl.Schema(PAYMENTS | dict.fromkeys(moments, pl.Int64()))
    table = pl.DataFrame(rows, schema=raw, orient="row").cast(dict(PAYMENTS))
    return table.sort("submitted_at", maintain_order=True)


@st.composite
def rate_tables(draw: st.DrawFn) -> RateTable:
    units = st.decimals("0.000001", "99999999", allow_nan=False, places=6)
    priced = draw(st.lists(st.sampled_from(CODES), unique=True))
    dates = st.dates(datetime.date(1, 1, 1))
    return RateTable(
        find_currency("USD"),
        [
            Rate(find_currency(code), draw(units), draw(dates), draw(one_line).strip())
            for code in priced
        ],
    )


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    directory, days = draw(directories()), draw(day_lists())
    return Scenario(
        name=draw(names),
        business_days=days,
        time_zone=draw(st.sampled_from(ZONES)),
        directory=directory,
        payments=draw(payment_tables(directory, days)),
        rates=draw(rate_tables()),
        provenance=draw(st.dictionaries(names, names, max_size=3)),
    )


def assert_same_frame(one: Scenario | Results, other: Scenario | Results) -> None:
    assert one.name == other.name
    assert one.business_days == other.business_days
    assert one.time_zone == other.time_zone
    assert one.provenance == other.provenance
    assert one.rates.account_currency == other.rates.account_currency
    assert one.rates.rates == other.rates.rates


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


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
    write_scenario(folder, back, payments_format)
    assert bytes_of(folder) == first


def moment(second: int) -> datetime.datetime:
    return from_timestamp(DAYS[0].opens_at + second * SECOND)


def small_scenario() -> Scenario:
    row = (
        uetr(1),
        "BANKDEFF",
        "BANKKZKX",
        "EUR",
        1250,
        "high",
        moment(5),
        None,
        moment(9),
        None,
        None,
    )
    return Scenario(
        name="Two days around a change of clocks",
        business_days=tuple(DAYS),
        time_zone=ZONE.key,
        directory=DIRECTORY,
        payments=pl.DataFrame([row], schema=PAYMENTS, orient="row"),
        rates=RateTable(
            find_currency("EUR"),
            [Rate(find_currency("KZT"), Decimal("555.5"), datetime.date(2026, 10, 23), "NBK")],
        ),
        provenance={"payments": "made by hand", "hours": "none"},
    )


def small_results(copies: int = 1) -> Results:
    scenario = small_scenario()
    extra = (7, DAYS[0].date, "DEU", "KAZ", "settled", None, moment(5), None, moment(6))
    order = (*scenario.payments.row(0), *extra)
    total = Decimal(10**30)
    account = (0, "BANKDEFF", "Bank", "DEU", "EUR", 5, 0, 5, -1, 6, total, total)
    entry = (0, "BANKDEFF", "EUR", 1, moment(6), uetr(1), "BANKKZKX", 1250, None, -1)
    return Results(
        name=scenario.name,
        business_days=scenario.business_days,
        time_zone=scenario.time_zone,
        rates=scenario.rates,
        provenance=scenario.provenance,
        orders=pl.DataFrame([order] * copies, schema=ORDERS, orient="row"),
        accounts=pl.DataFrame([account] * copies, schema=ACCOUNTS, orient="row"),
        statements=pl.DataFrame([entry] * copies, schema=STATEMENTS, orient="row"),
    )


@pytest.mark.parametrize("copies", [0, 1, 1000])
def test_results_come_back_as_written(tmp_path: Path, copies: int) -> None:
    results = small_results(copies)
    write_results(tmp_path / "one", results)
    back = read_results(tmp_path / "one")
    assert_same_frame(back, results)
    for table in ("orders", "accounts", "statements"):
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
        "2026-10-24T23:00:09.000000Z,,"
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


def break_file(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: (f / "scenario.yaml").unlink(), "not a skontro scenario folder: it has no"),
        (shutil.rmtree, "no such file or folder"),
        (lambda f: (f / "rates.csv").unlink(), "rates.csv: there is no such file"),
        (break_file("scenario.yaml", "skontro scenario", "other"), "expected 'skontro scenario'"),
        (break_file("scenario.yaml", "version: 1", "version: 2"), "reads version 1"),
        (break_file("scenario.yaml", "Europe/Berlin", "Mars"), "line 4: time_zone cannot be used"),
        (
            break_file("scenario.yaml", "    - 2026-10-26", "    - 2026-10-25"),
            "line 5: business_days",
        ),
        (break_file("scenario.yaml", "'18:00'", "'00:30'"), "must open before it closes"),
        (break_file("scenario.yaml", "'01:00'", "'02:30'"), "happens twice or never"),
        (break_file("scenario.yaml", "'01:00'", "9"), "line 9: business_days.opens must be text"),
        (break_file("scenario.yaml", "'01:00'", "'9:00'"), "neither a time like 09:00"),
        (break_file("scenario.yaml", "  opens: '01:00'\n", ""), "opens and closes must both be"),
        (break_file("scenario.yaml", "hours: none", "hours: 7"), "provenance.hours must be text"),
        (break_file("scenario.yaml", "rates: rates.csv", "rate: x"), "rate is not a key that is"),
        (break_file("scenario.yaml", "2026-10-25", "1812-10-25"), "years 1970 to 2999"),
        (
            break_file(
                "scenario.yaml",
                "provenance:",
                "  exceptions: [{date: 2026-10-27, opens: '09:00', closes: '10:00'}]\nprovenance:",
            ),
            "exception 2026-10-27: it must be one of the dates",
        ),
        (
            break_file(
                "scenario.yaml",
                "  closes: '18:00'",
                "  closes: '18:00'\n  exceptions: ["
                + ", ".join(["{date: 2026-10-26, opens: '09:00', closes: '10:00'}"] * 2)
                + "]",
            ),
            "named once",
        ),
    ],
)
def test_scenarios_that_cannot_be_used(
    tmp_path: Path, change: Callable[[Path], None], said: str
) -> None:
    folder = tmp_path / "scenario"
    write_scenario(folder, small_scenario())
    change(folder)
    with pytest.raises(InputError, match=said) as caught:
        read_scenario(folder)
    assert str(folder) in str(caught.value)


def drop_column(folder: Path) -> None:
    path = folder / "orders.parquet"
    pl.read_parquet(path).drop("status").with_columns(
        pl.col("order").cast(pl.Int32), extra=1
    ).write_parquet(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: (f / "results.yaml").unlink(), "not a skontro results folder: it has no"),
        (lambda f: (f / "orders.parquet").unlink(), "orders.parquet: there is no such file"),
        (lambda f: (f / "orders.parquet").write_bytes(b"x"), "not a readable Parquet file"),
        (
            drop_column,
            "column status is missing; column extra is not known; column order is Int32, "
            "expected Int64",
        ),
        (
            lambda f: shutil.copy(f / "accounts.parquet", f / "statements.parquet"),
            "this is not a table of results",
        ),
    ],
)
def test_folders_that_hold_no_results(
    tmp_path: Path, change: Callable[[Path], None], said: str
) -> None:
    write_results(tmp_path / "results", small_results())
    change(tmp_path / "results")
    with pytest.raises(InputError, match=said):
        read_results(tmp_path / "results")


def test_what_would_not_read_back_is_not_written(tmp_path: Path) -> None:
    for change in (
        {"name": "two\nlines"},
        {"name": "one line and its end\x85"},
        {"provenance": {"two\nlines": "x"}},
        {"time_zone": "Mars"},
        {"provenance": {"source": ""}},
        {"business_days": (DAYS[1], DAYS[0])},
    ):
        with pytest.raises(InputError):
            write_scenario(tmp_path / "scenario", attrs.evolve(small_scenario(), **change))
    assert not (tmp_path / "scenario").exists()


def test_a_failed_write_leaves_no_parts_and_no_whole_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_results(tmp_path, small_results())
    before = bytes_of(tmp_path)

    def full_disk(*_args: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(pl.DataFrame, "write_parquet", full_disk)
        with pytest.raises(InputError, match="No space left"):
            write_results(tmp_path, small_results(2))
    assert bytes_of(tmp_path) == {n: b for n, b in before.items() if n != "results.yaml"}
    with pytest.raises(InputError, match="not a skontro results folder"):
        read_results(tmp_path)


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="the folder cannot be written"):
        write_scenario(tmp_path / "file", small_scenario())
