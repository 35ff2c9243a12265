"""Settings and the command: every bad one is refused by name, every default is shown."""

import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
import typer
from typer.testing import CliRunner

from skontro.cli.generate import generate as command
from skontro.files import read_scenario
from skontro.model import InputError
from skontro.simulation.generator import GeneratorSettings, generate


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"first_date": datetime.date(2019, 9, 15)}, "first_date: 2019-09-15 is a Sunday"),
        ({"business_days": 0}, "business_days: 0"),
        ({"business_days": 263}, "business_days: 263"),
        ({"seed": -1}, "seed: -1"),
        ({"payments_per_day": 0}, "payments_per_day: 0"),
        ({"largest_bank_count": 0}, "largest_bank_count: 0"),
        ({"smallest_bank_count": 21}, "smallest_bank_count"),
        ({"liquidity_share": Decimal("1.01")}, "liquidity_share"),
        ({"credit_share": Decimal("-0.1")}, "credit_share"),
        ({"credit_share": 0.5}, "credit_share: 0.5 is not a decimal"),
        ({"timed_share": Decimal("NaN")}, "timed_share"),
        ({"urgent_share": Decimal("0.6"), "high_share": Decimal("0.5")}, "add up to more than 1"),
        ({"opens": datetime.time(18)}, "opens"),
        ({"time_zone": "Asia/Atlantis"}, "Asia/Atlantis"),
        ({"countries": ("KAZ",)}, "name at least two"),
        ({"countries": "KAZ"}, "countries: give a list"),
        ({"countries": ("KAZ", "KAZ")}, "named twice"),
    ],
)
def test_a_bad_setting_is_refused(setting: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        GeneratorSettings(**setting)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"group": "Hansa"}, "'Hansa' is not a group of countries; known are .*ECOWAS"),
        ({"fit": "wishful"}, "'wishful' is not one of: T2 2023 EUR; CHAPS"),
        ({"trade_year": 2018}, "2018 is not one of 2019, 2020"),
        ({"countries": ("KAZ", "KZ")}, "named twice"),
        ({"countries": ("KAZ", "QQQ")}, "'QQQ'"),
        ({"countries": ("KAZ", "RUS", "ATA")}, "ATA"),
        ({"countries": ("KAZ", "RUS", "VAT")}, "VAT"),
        ({"payments_per_day": 100}, "100 payments are too few for 3"),
        (
            {
                "group": "BRICS",
                "payments_per_day": 10**8,
                "business_days": 1,
                "countries": ("ARM", "TKM"),
            },
            "are not possible",
        ),
        (
            {"first_date": datetime.date(1999, 9, 17)},
            "no rate for AMD on 1999-09-17",
        ),
    ],
)
def test_missing_data_is_named(setting: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        generate(GeneratorSettings(**setting))


def app() -> typer.Typer:
    result = typer.Typer()
    result.command()(command)
    return result


def test_the_command_has_every_setting_with_its_default() -> None:
    shown = {
        parameter.name: parameter.show_default for parameter in typer.main.get_command(app()).params
    }
    for field in attrs.fields(GeneratorSettings):
        default = field.default
        if isinstance(default, datetime.time):
            default = f"{default:%H:%M}"
        if default is None or default == ():
            assert shown[field.name]
        else:
            assert shown[field.name] == str(default)


def test_the_command_writes_what_the_function_gives(tmp_path: Path) -> None:
    arguments = ["--output", str(tmp_path / "day"), "--json", "--countries", "KAZ,KGZ,UZB"]
    arguments += ["--payments-per-day", "900", "--credit-share", "0.4", "--opens", "10:00"]
    result = CliRunner().invoke(app(), arguments)
    assert result.exit_code == 0, result.output
    expected = generate(
        GeneratorSettings(
            countries=("KAZ", "KGZ", "UZB"),
            payments_per_day=900,
            credit_share=Decimal("0.4"),
            opens=datetime.time(10),
        )
    )
    read = read_scenario(tmp_path / "day").scenario
    assert read.payments.equals(expected.payments)
    assert read.directory.accounts == expected.directory.accounts
    summary = json.loads(result.stdout)
    assert summary["payments"] == 900
    assert sum(entry["payments"] for entry in summary["currencies"].values()) == 900


def test_the_command_shows_a_table_and_takes_the_fit_at_its_word(tmp_path: Path) -> None:
    arguments = ["--output", str(tmp_path / "day"), "--group", "EAEU"]
    result = CliRunner().invoke(app(), [*arguments, "--payments-per-day", "as-fitted"])
    assert result.exit_code == 0, result.output
    number = generate(GeneratorSettings(group="EAEU", payments_per_day=None)).payments.height
    assert f"{number:,} payments" in result.stdout
    assert "RUB" in result.stdout


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--payments-per-day", "many"], "--payments-per-day"),
        (["--opens", "noon"], "--opens"),
        (["--high-share", "x"], "--high-share"),
        (["--first-date", "17.9.2019"], "--first-date"),
        (["--group", "CIS", "--countries", "KAZ,UZB"], "give one of the two"),
    ],
)
def test_a_bad_option_is_named(tmp_path: Path, extra: list[str], message: str) -> None:
    result = CliRunner().invoke(app(), ["--output", str(tmp_path / "day"), *extra])
    assert isinstance(result.exception, InputError)
    assert message in str(result.exception)
    assert not (tmp_path / "day").exists()
