"""Participants and rates: what is wrong is named where it stands, and nothing is guessed."""

import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from skontro.files import read_participants, read_rates, write_participants, write_rates
from skontro.model import InputError, ParticipantDirectory, Rate, RateTable, find_currency
from tests.files.banks import DIRECTORY

GOOD_YAML = """\
participants:
  - bic: BANKNOKK
    name: NO
    country: NO
    lei: 5493006MHB84DD0ZWV18
    accounts:
      - {currency: NOK, opening_balance: "1250.50", credit_line: 100}
      - {currency: VND, opening_balance: 7}
  - bic: BANKDEFF
    name: "Bank: für alles"
    country: DEU
"""

GOOD_TOML = """\
[[participants]]
bic = "BANKNOKK"
name = "NO"
country = "NO"
lei = "5493006MHB84DD0ZWV18"
accounts = [
  {currency = "NOK", opening_balance = "1250.50", credit_line = 100},
  {currency = "VND", opening_balance = 7},
]

[[participants]]
bic = "BANKDEFF"
name = "Bank: für alles"
country = "DEU"
"""


def read_text(folder: Path, text: str, name: str = "participants.yaml") -> ParticipantDirectory:
    (folder / name).write_text(text, encoding="utf-8")
    return read_participants(folder / name)


def refusal(folder: Path, text: str, name: str = "participants.yaml") -> list[str]:
    with pytest.raises(InputError) as caught:
        read_text(folder, text, name)
    first, *others = str(caught.value).split("\n  ")
    assert first.startswith(str(folder / name))
    return others or [first.removeprefix(f"{folder / name}: ")]


def test_yaml_and_toml_say_the_same(tmp_path: Path) -> None:
    directories = [
        read_text(tmp_path, GOOD_YAML),
        read_text(tmp_path, GOOD_TOML, "participants.toml"),
    ]
    for directory in directories:
        german, norwegian = directory.participants
        assert (german.name, german.country.alpha3, german.lei) == ("Bank: für alles", "DEU", None)
        assert (norwegian.name, norwegian.country.alpha3) == ("NO", "NOR")
        assert norwegian.lei == "5493006MHB84DD0ZWV18"
        accounts = [(a.currency.code, a.opening_balance, a.credit_line) for a in directory.accounts]
        assert accounts == [("NOK", 125050, 10000), ("VND", 7, 0)]


def test_every_problem_is_named_with_line_and_place(tmp_path: Path) -> None:
    text = """\
participants:
  - bic: BANKDEFF
    name: " "
    country: DEX
    lei: 5493006MHB84DD0ZWV19
    accounts:
      - currency: EUR
        opening_balance: 1250.50
        credit_line: "-1"
      - currency: EUR
        credit_lines: 5
      - {currency: XAU, opening_balance: true}
      - {currency: JPY, opening_balance: "1.5", credit_line: "1000000000000000000"}
  - bic: BANKDEFF
    name: 7
    country: DE
  - BANKFRPP
currency: EUR
"""
    assert [problem.split("'")[0].strip() for problem in refusal(tmp_path, text)] == [
        "line 3: participants[0].name is empty; parties are named in full",
        "line 4: participants[0].country",
        "line 5: participants[0].lei",
        "line 8: participants[0].accounts[0].opening_balance is a float; money is never a float: "
        'put it in quotes, like "1250.50"',
        "line 9: participants[0].accounts[0].credit_line",
        "line 10: participants[0].accounts[1].opening_balance is missing",
        "line 10: participants[0].accounts[1].currency",
        "line 11: participants[0].accounts[1].credit_lines is an unknown key; did "
        "you mean credit_line?",
        "line 12: participants[0].accounts[2].currency XAU has no minor unit in ISO 4217: no "
        "account can be held in it",
        "line 12: participants[0].accounts[2].opening_balance must be decimal text in quotes, like "
        '"1250.50"',
        "line 13: participants[0].accounts[3].opening_balance",
        "line 13: participants[0].accounts[3].credit_line",
        "line 14: participants[1].bic",
        "line 15: participants[1].name must be text; put it in quotes",
        "line 17: participants[2] must be a mapping with keys",
        "line 18: currency is an unknown key",
    ]


def test_toml_problems_have_places_without_lines(tmp_path: Path) -> None:
    text = GOOD_TOML.replace("= 100", "= 100.0").replace('"DEU"', "49")
    assert refusal(tmp_path, text, "participants.toml") == [
        "participants[0].accounts[0].credit_line is a float; money is never a float: put it in "
        'quotes, like "1250.50"',
        "participants[1].country must be text; put it in quotes",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("participants: []\nparticipants: []\n", 'line 2: this is not YAML: found duplicate key'),
        ("participants: [1\nb", "line 2: this is not YAML"),
        ("participants: !!python/object:os.system x", "line 1: this is not YAML"),
        ("participants: []\n---\nparticipants: []", "this is not YAML"),
        ("a: \x00", "this is not YAML"),
        ("a: 2026-02-30", "this is not YAML: day is out of range for month"),
        ("[" * 500, "nested too deeply"),
        ("# nothing\n", "the document must be a mapping with keys"),
        ("participants: &a [*a]", "an alias is inside the value that it names"),
        ("participants: 5", "line 1: participants must be a list"),
        ("banks: []", "participants is missing"),
        (GOOD_YAML.replace('"1250.50"', "1e3"), "is a float"),
        (GOOD_YAML.replace('"1250.50"', "0x" + "f" * 5000), "opening_balance has more than 40"),
        (GOOD_YAML.replace('"1250.50"', "9" * 5000), "this is not YAML"),
        (
            "participants:\n" + "".join(
                f"  - {{bic: BANKDE{n}F, name: B, country: DE, accounts: [{{currency: EUR, "
                f"opening_balance: \"{'9' * 16}\", credit_line: \"{'9' * 16}\"}}]}}\n"
                for n in (2, 3, 4)
            ),
            "EUR: opening balances and intraday credit add up to 5999999999999999400 minor units",
        ),
    ],
)  # fmt: skip
def test_documents_that_cannot_be_used(tmp_path: Path, text: str, said: str) -> None:
    assert any(said in problem for problem in refusal(tmp_path, text))


def test_toml_that_is_none_and_names_that_say_nothing(tmp_path: Path) -> None:
    assert "this is not TOML" in refusal(tmp_path, "a = 1\na = 2", "participants.toml")[0]
    assert "must end in .yaml" in refusal(tmp_path, GOOD_YAML, "participants.txt")[0]
    with pytest.raises(InputError, match=r"end in \.yaml"):
        write_participants(tmp_path / "participants.toml", DIRECTORY)


def test_aliases_and_merges_are_read(tmp_path: Path) -> None:
    text = """\
participants:
  - &base
    bic: BANKDEFF
    name: One
    country: DE
  - <<: *base
    bic: BANKFRPP
    name: ""
"""
    assert refusal(tmp_path, text) == [
        "line 8: participants[1].name is empty; parties are named in full"
    ]
    assert len(read_text(tmp_path, text.replace('""', "Two")).participants) == 2


RATES = RateTable(
    find_currency("KZT"),
    [
        Rate(find_currency("RUB"), Decimal("0.1523"), datetime.date(2026, 10, 23), "NBK, daily"),
        Rate(find_currency("VND"), Decimal("50.100"), datetime.date(2026, 10, 23), 'the "daily"'),
        Rate(find_currency("BHD"), Decimal("1E-20"), datetime.date(2026, 10, 23), "Банк"),
    ],
)


@pytest.mark.parametrize(
    "table",
    [
        RATES,
        RateTable(find_currency("KZT"), []),
        RateTable(
            find_currency("KZT"),
            [Rate(find_currency("KZT"), Decimal(1), datetime.date(2026, 1, 1), "itself")],
        ),
    ],
)
def test_rates_come_back_as_written(tmp_path: Path, table: RateTable) -> None:
    write_rates(tmp_path / "rates.csv", table)
    back = read_rates(tmp_path / "rates.csv")
    assert back.account_currency == table.account_currency
    assert back.rates == table.rates
    first = (tmp_path / "rates.csv").read_bytes()
    write_rates(tmp_path / "rates.csv", back)
    assert (tmp_path / "rates.csv").read_bytes() == first


def test_rates_that_would_not_read_back_are_not_written(tmp_path: Path) -> None:
    for source in ("two\nlines", ""):
        rate = Rate(find_currency("RUB"), Decimal(1), datetime.date(2026, 1, 1), source)
        with pytest.raises(InputError, match="cannot be written"):
            write_rates(tmp_path / "rates.csv", RateTable(find_currency("KZT"), [rate]))
    assert not list(tmp_path.iterdir())


def test_every_problem_of_rates_is_named_with_its_row(tmp_path: Path) -> None:
    rows = [
        "RUB,KZT,0.15,2026-10-23,NBK",
        "rub,KZT,0,2026-10-32,",
        "VND,USD,1e3,23.10.2026, ",
        "RUB,KZT,0.16,2026-10-23,NBK",
        "KZT,KZT,2,2026-10-23,NBK",
        "EUR,KZT,555",
        ",KZT,1,2026-10-23,NBK",
    ]
    path = tmp_path / "rates.csv"
    path.write_text("\n".join(["currency,account_currency,units,as_of,source", *rows]))
    with pytest.raises(InputError) as caught:
        read_rates(path)
    first, *problems = str(caught.value).split("\n  ")
    assert first.startswith(str(path))
    assert problems == [
        "row 3, as_of: '2026-10-32' is not a date like 2026-01-05",
        "row 3, currency: 'rub' is not an ISO 4217 currency code; did you mean RUB?",
        "row 3, source: is missing",
        "row 3, units: '0' is not a decimal number greater than zero, like 483.25",
        "row 4, account_currency: 'USD' is not 'KZT' as in earlier rows",
        "row 4, as_of: '23.10.2026' is not a date like 2026-01-05",
        "row 4, source: is empty",
        "row 4, units: '1e3' is not a decimal number greater than zero, like 483.25",
        "row 5, currency: RUB has a rate in row 2",
        "row 6, units: the currency of account is worth 1 in itself",
        "row 7, (row): the row has 3 fields, expected 5",
        "row 8, currency: is missing",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("currency,units\n", "expected currency, account_currency, units, as_of, source"),
        ("currency,account_currency,units,as_of,source,source\n", "expected currency"),
        ("currency,account_currency,units,as_of,source\n", "there is no row"),
        ("currency,account_currency,units,as_of,source\nQQQ,QQQ,1,,\n", "not an ISO 4217"),
    ],
)
def test_rates_that_cannot_be_used(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "rates.csv").write_text(text)
    with pytest.raises(InputError, match=said):
        read_rates(tmp_path / "rates.csv")
