"""Times, classes, references, participants and accounts of a generated period."""

import datetime
import hashlib
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from skontro.files import Scenario, read_scenario, write_scenario
from skontro.model import UETR_PATTERN, InputError, check_bic
from skontro.simulation.generator import GeneratorSettings, generate
from tests.simulation.generator.slow_settlement import settle_slowly
from tests.simulation.generator.trade_figures import totals

CIS = GeneratorSettings()


@pytest.fixture(scope="module")
def cis() -> Scenario:
    return generate(CIS)


def fingerprint(scenario: Scenario) -> str:
    directory = scenario.directory
    text = scenario.payments.write_csv() + repr(
        (directory.participants, directory.accounts, scenario.rates.rates, scenario.provenance)
    )
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.long
def test_two_processes_give_the_same_bytes(cis: Scenario) -> None:
    program = (
        "from tests.simulation.generator.test_generator_period import *\n"
        "print(fingerprint(generate(GeneratorSettings())), end='')"
    )
    prints = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=Path(__file__).parents[3],
            env=os.environ | {"PYTHONHASHSEED": seed, "POLARS_MAX_THREADS": threads},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed, threads in (("1", "1"), ("2", "3"))
    }
    assert prints == {fingerprint(cis)}


def test_another_seed_gives_other_payments_of_the_same_total(cis: Scenario) -> None:
    other = generate(GeneratorSettings(seed=2))
    assert not other.payments["uetr"].is_in(cis.payments["uetr"].to_list()).any()
    assert other.payments["amount_minor"].to_list() != cis.payments["amount_minor"].to_list()
    assert totals(other) == totals(cis)


def test_more_banks_leave_amounts_and_times_alone(cis: Scenario) -> None:
    other = generate(GeneratorSettings(largest_bank_count=40))
    same = pl.col("*").exclude("payer", "payee")
    assert other.payments.select(same).equals(cis.payments.select(same))
    assert not other.payments["payer"].equals(cis.payments["payer"])


def test_payments_come_inside_their_day_in_order() -> None:
    zone = ZoneInfo("Asia/Almaty")
    scenario = generate(
        GeneratorSettings(
            business_days=8,
            payments_per_day=5000,
            first_date=datetime.date(2019, 9, 19),  # a Thursday: a weekend and a bit more
            time_zone="Asia/Almaty",
        )
    )
    dates = [day.date for day in scenario.business_days]
    assert dates[:4] == [datetime.date(2019, 9, day) for day in (19, 20, 23, 24)]
    assert len(dates) == 8
    assert scenario.payments["submitted_at"].is_sorted()
    local = scenario.payments["submitted_at"].dt.convert_time_zone(str(zone))
    assert sorted(set(local.dt.date())) == dates
    assert local.dt.time().min() >= datetime.time(9)
    assert local.dt.time().max() < datetime.time(18)
    assert (local.dt.microsecond() % 1000 != 0).any()  # to the microsecond
    assert local.dt.date().value_counts()["count"].to_list() == [5000] * 8


def test_the_afternoon_peak_is_the_higher_one(cis: Scenario) -> None:
    hours = cis.payments["submitted_at"].dt.hour()
    number = [int((hours == hour).sum()) for hour in range(9, 18)]
    assert number.index(max(number)) == 16 - 9
    morning, noon = number[10 - 9], number[12 - 9]
    assert morning > 1.3 * noon
    assert 0.14 < max(number) / 20_000 < 0.18
    assert sum(number[14 - 9 :]) > 0.48 * 20_000


def test_classes_and_times_have_their_shares(cis: Scenario) -> None:
    classes = dict(cis.payments["payment_class"].value_counts().iter_rows())
    assert classes == {"urgent": 200, "high": 1000, "normal": 18_800}
    closes = pl.lit(cis.business_days[0].closes_at).cast(pl.Datetime("us", "UTC"))
    early = cis.payments.filter(pl.col("earliest_at").is_not_null())
    late = cis.payments.filter(pl.col("latest_at").is_not_null())
    assert (early.height, late.height) == (200, 200)
    assert early["latest_at"].null_count() == 200
    assert early.select((pl.col("earliest_at") >= pl.col("submitted_at")).all()).item()
    assert early.select((pl.col("earliest_at") < closes).all()).item()
    notice = pl.min_horizontal(pl.col("submitted_at") + pl.duration(minutes=15), closes)
    assert late.select(pl.col("latest_at").is_between(notice, closes).all()).item()


def test_references_are_version_4_and_unique(cis: Scenario) -> None:
    references = cis.payments["uetr"]
    assert references.str.contains(UETR_PATTERN).all()
    assert references.n_unique() == references.len()
    # Every free digit takes every value: a constant octet would pass the pattern.
    for place in (0, 7, 9, 15, 20, 35):
        assert references.str.slice(place, 1).n_unique() == 16


def test_nobody_takes_a_generated_bank_for_a_real_one(cis: Scenario) -> None:
    participants = cis.directory.participants
    assert len({p.bic for p in participants}) == len(participants)
    for participant in participants:
        assert check_bic(participant.bic)[4:6] == participant.country.alpha2
        assert participant.bic[7] == "0"
        assert participant.name.startswith("Generated Bank ")
        assert participant.name.endswith(f" of {participant.country.name}")


def test_every_party_has_the_account_it_needs_and_no_other(cis: Scenario) -> None:
    sides = (
        cis.payments.select(pl.col(side).alias("bic"), "currency") for side in ("payer", "payee")
    )
    needed = set(pl.concat(sides).unique().iter_rows())
    assert {(a.bic, a.currency.code) for a in cis.directory.accounts} == needed


def test_cover_is_the_stated_share_of_what_is_due() -> None:
    settings = GeneratorSettings(
        group="EAEU",
        payments_per_day=700,
        business_days=3,
        liquidity_share=Decimal("0.37"),
        credit_share=Decimal("0.11"),
    )
    scenario = generate(settings)
    due: dict[tuple[str, str], int] = {}
    for payer, currency, amount in scenario.payments.select(
        "payer", "currency", "amount_minor"
    ).iter_rows():
        due[payer, currency] = due.get((payer, currency), 0) + amount
    lines = 0
    for account in scenario.directory.accounts:
        total = due.get((account.bic, account.currency.code), 0)
        home = scenario.directory.participant(account.bic).country.currency == account.currency
        assert account.opening_balance == total * 37 // 300
        assert account.credit_line == (total * 11 // 300 if home else 0)
        lines += account.credit_line > 0
    assert lines > 10


def test_banks_form_a_core_and_a_periphery() -> None:
    scenario = generate(GeneratorSettings(periphery_link_share=Decimal(0)))
    value = (
        scenario.payments.filter(pl.col("payer").str.slice(4, 2) == "RU")
        .group_by("payer")
        .agg(pl.len().alias("number"))
        .sort("number", descending=True)
    )
    assert value.height == 20
    assert value["payer"].to_list()[:3] == ["GAAARUX0", "GAABRUX0", "GAACRUX0"]
    assert value["number"][:4].sum() > 0.5 * value["number"].sum()
    # Russia's core is four banks of twenty, by the root; the other sixteen pay core banks only.
    edge = scenario.payments.filter(
        (pl.col("payer").str.slice(4, 2) == "RU")
        & ~pl.col("payer").str.slice(0, 4).is_in(["GAAA", "GAAB", "GAAC", "GAAD"])
        & (pl.col("payee").str.slice(4, 2) == "BY")
    )
    assert edge.height > 100
    belarus = sum(p.country.alpha3 == "BLR" for p in scenario.directory.participants)
    core = [f"GAA{'ABCDEFGH'[i]}BYX0" for i in range(int(belarus**0.5))]
    assert edge["payee"].is_in(core).all()
    mixed = generate(CIS).payments.filter(
        pl.col("payer").str.slice(4, 2) == "RU", ~pl.col("payee").is_in(core)
    )
    assert mixed.height > 0


def test_gross_settlement_shows_a_queue_but_settles_most_value(cis: Scenario) -> None:
    outcome = settle_slowly(cis)
    assert 0.10 < outcome.ever_queued < 0.35
    assert outcome.unsettled_value < 0.25
    assert outcome.unsettled > 0.01


def test_a_written_scenario_reads_back(cis: Scenario, tmp_path: Path) -> None:
    write_scenario(tmp_path / "cis", cis)
    reading = read_scenario(tmp_path / "cis")
    assert reading.scenario.payments.equals(cis.payments)
    assert reading.scenario.directory.accounts == cis.directory.accounts
    assert reading.scenario.rates.rates == cis.rates.rates


def test_progress_is_told_from_first_to_last() -> None:
    told: list[tuple[str, int, int]] = []
    generate(GeneratorSettings(group="WAEMU", payments_per_day=60), lambda *step: told.append(step))
    assert [done for _, done, _ in told] == list(range(6))
    assert {total for _, _, total in told} == {5}


def test_a_period_has_the_currencies_of_its_time_and_none_across_a_changeover(
    tmp_path: Path,
) -> None:
    """Sierra Leone has one leone in 2019 and another from 2022."""
    settings = {"countries": ("GHA", "NGA", "SLE"), "payments_per_day": 200}
    by_year = {
        year: generate(GeneratorSettings(first_date=datetime.date(year, 9, 17), **settings))  # type: ignore[arg-type]
        for year in (2019, 2024)
    }
    codes = {year: {*one.payments["currency"]} for year, one in by_year.items()}
    assert codes[2019] >= {"SLL"}
    assert codes[2024] >= {"SLE"}
    assert not codes[2019] & {"SLE"}
    assert not codes[2024] & {"SLL"}
    rows = ["*,*,2019,exporter,0.5,a,b", "*,*,2019,BGN,0.5,a,b"]
    shares = tmp_path / "shares.csv"
    shares.write_text("\n".join(["exporter,importer,period,currency,share,source,status", *rows]))
    across = GeneratorSettings(
        countries=("KAZ", "UZB"), shares_file=shares, first_date=datetime.date(2025, 12, 31),
        business_days=3,
    )  # fmt: skip
    with pytest.raises(InputError, match=r"BGN .* split them there, and use EUR afterwards"):
        generate(across)


@pytest.mark.parametrize("where", ["home", "paid"])
def test_credit_lines_are_at_home_or_in_all_that_is_paid(where: str) -> None:
    settings = GeneratorSettings(payments_per_day=400, credit_currencies=where)
    scenario = generate(settings)
    payers = {*scenario.payments.select("payer", "currency").iter_rows()}
    for account in scenario.directory.accounts:
        country = scenario.directory.participant(account.bic).country
        at_home = country.issues(account.currency, settings.first_date)
        pays = (account.bic, account.currency.code) in payers
        if account.credit_line:
            assert pays
            assert at_home or where == "paid"
        elif pays and account.opening_balance > 2:
            # A fifth and a half of the same sum: where there is a balance there would be a line.
            assert where == "home"
            assert not at_home
