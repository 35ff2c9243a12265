"""Schemes, claims and rates from files, and ``skontro compensation``."""

import json
from pathlib import Path

import pytest

from skontro.compensation.claims import read_claims
from skontro.compensation.daily_rates import read_daily_rates
from skontro.compensation.schemes import PRESETS, preset, read_scheme
from skontro.model import InputError
from tests.cli.in_process import run_main

CLAIMS = """reference,payee,currency,amount,due_on,settled_on
one,BETAKG22,KZT,36000000.00,2025-03-07,2025-03-12
two,ALFAKZKA,KZT,1.00,2025-03-07,2025-03-07
"""
RATES = """series,currency,date,percent
overnight credit of the central bank,KZT,2025-03-06,10
"""
SCHEME = """name: Ours
currency: KZT
rates: {delay: [base rate]}
days: calendar
day_count: "365"
fees: [{up_to: 1, fee: "10.00"}, {fee: "5.00"}]
payer: the operator
source: our rules
"""


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        suffix = "yaml" if name == "scheme" else "csv"
        (folder / f"{name}.{suffix}").write_text(text, encoding="utf-8")
    return folder


def test_the_command_shows_and_writes_offers(tmp_path: Path) -> None:
    write(tmp_path, claims=CLAIMS, rates=RATES)
    base = ["compensation", str(tmp_path / "claims.csv"), "--rates", str(tmp_path / "rates.csv")]
    output = tmp_path / "offers.csv"
    shown = run_main(*base, "--holiday", "2025-03-10", "--output", str(output)).stdout
    assert "BETAKG22  KZT              1  20000.00  0.00  20000.00" in shown
    assert output.read_text(encoding="utf-8") == (
        "payee,currency,reference,days,interest,accepted\n"
        "ALFAKZKA,KZT,two,0,0.00,0.00\n"
        "BETAKG22,KZT,one,2,20000.00,20000.00\n"
    )
    document = json.loads(run_main(*base, "--json").stdout)
    assert [(one["payee"], one["interest"], one["total"]) for one in document["offers"]] == [
        ("ALFAKZKA", "0.00", "0.00"),
        ("BETAKG22", "30000.00", "30000.00"),
    ]


def test_a_scheme_of_ones_own(tmp_path: Path) -> None:
    write(tmp_path, scheme=SCHEME)
    scheme = read_scheme(tmp_path / "scheme.yaml")
    assert (scheme.fee(3), scheme.floor, scheme.answer_within) == (2_000, None, None)


@pytest.mark.parametrize(
    ("text", "other", "why"),
    [
        ("fees: [{up_to: 1", "fees: [{up_to: 0", "from 1 to"),
        ('{fee: "5.00"}', '{up_to: 2, fee: "5.00"}', "only the last one has no up_to"),
        ('{up_to: 1, fee: "10.00"}', '{up_to: 1, fee: "1"}, {up_to: 1, fee: "1"}', "steps go up"),
        ("currency: KZT\n", "", "currency is missing"),
        ("[base rate]", "[]", "names a series"),
        ('"10.00"', '"10.001"', "10.001"),
        ("days: calendar", "days: working", "days"),
        ("payer: the operator\n", "", "payer"),
    ],
)
def test_a_scheme_that_cannot_be_used(tmp_path: Path, text: str, other: str, why: str) -> None:
    assert text in SCHEME
    write(tmp_path, scheme=SCHEME.replace(text, other))
    with pytest.raises(InputError, match=why):
        read_scheme(tmp_path / "scheme.yaml")


def test_there_is_no_other_scheme() -> None:
    with pytest.raises(InputError, match="scheme: 'taregt'"):
        preset("taregt")
    assert len(PRESETS) == 5


@pytest.mark.parametrize(
    ("text", "other", "why"),
    [
        ("2025-03-12", "2025-03-06", "row 2, settled_on is before due_on"),
        ("36000000.00", "0.00", "row 2, amount must be greater than zero"),
        ("36000000.00", "1.001", "row 2, .*1.001"),
        ("BETAKG22", "BETA", "row 2, payee"),
    ],
)
def test_a_claim_that_cannot_be_used(tmp_path: Path, text: str, other: str, why: str) -> None:
    write(tmp_path, claims=CLAIMS.replace(text, other))
    with pytest.raises(InputError, match=why):
        read_claims(tmp_path / "claims.csv")


def test_a_rate_is_given_once(tmp_path: Path) -> None:
    write(tmp_path, rates=RATES + RATES.splitlines()[1] + "\n")
    with pytest.raises(InputError, match="given twice for 2025-03-06"):
        read_daily_rates(tmp_path / "rates.csv")
