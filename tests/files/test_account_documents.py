"""Collateral, reservations and limits of accounts in a participants file."""

from decimal import Decimal
from pathlib import Path

import pytest

from skontro.files import read_participants, write_participants
from skontro.model import (
    MAX_AMOUNT,
    MAX_MONEY_PER_CURRENCY,
    BilateralLimit,
    Collateral,
    InputError,
    SettlementAccount,
    find_currency,
)

YAML = """\
participants:
  - bic: BANKNOKK
    name: Bank of the North
    country: NO
    accounts:
      - currency: NOK
        opening_balance: "1250.50"
        credit_line: 100
        collateral:
          - {description: Government bond 2031, value: '1000.00', haircut: '0.05'}
          - {description: Deposit, value: 7, haircut: 0}
        reserved_urgent: '20'
        reserved_high: '0.01'
        net_sender_limit: 0
        bilateral_limits:
          - {counterparty: BANKDEFF, amount: '500.00'}
  - bic: BANKDEFF
    name: Bank of the South
    country: DE
    accounts:
      - {currency: NOK, opening_balance: 0}
"""

TOML = """\
[[participants]]
bic = "BANKNOKK"
name = "Bank of the North"
country = "NO"

[[participants.accounts]]
currency = "NOK"
opening_balance = "1250.50"
credit_line = 100
collateral = [
  {description = "Government bond 2031", value = "1000.00", haircut = "0.05"},
  {description = "Deposit", value = 7, haircut = 0},
]
reserved_urgent = "20"
reserved_high = "0.01"
net_sender_limit = 0
bilateral_limits = [{counterparty = "BANKDEFF", amount = "500.00"}]

[[participants]]
bic = "BANKDEFF"
name = "Bank of the South"
country = "DE"
accounts = [{currency = "NOK", opening_balance = 0}]
"""

NOK = find_currency("NOK")


@pytest.mark.parametrize(("name", "text"), [("a.yaml", YAML), ("a.toml", TOML)])
def test_everything_that_an_account_may_have(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    south, north = read_participants(tmp_path / name).accounts
    assert south == SettlementAccount("BANKDEFF", NOK, 0)
    assert north == SettlementAccount(
        "BANKNOKK",
        NOK,
        125_050,
        credit_line=100_00,
        collateral=(
            Collateral("Government bond 2031", 1000_00, Decimal("0.05")),
            Collateral("Deposit", 7_00, Decimal(0)),
        ),
        reserved_urgent=20_00,
        reserved_high=1,
        net_sender_limit=0,
        bilateral_limits=(BilateralLimit("BANKDEFF", 500_00),),
    )
    assert north.intraday_credit == 100_00 + 950_00 + 7_00


def test_an_account_may_begin_overdrawn_as_far_as_its_credit_goes(tmp_path: Path) -> None:
    owed = YAML.replace("opening_balance: 0", "opening_balance: '-0.50', credit_line: '0.50'")
    (tmp_path / "a.yaml").write_text(owed, encoding="utf-8")
    directory = read_participants(tmp_path / "a.yaml")
    assert directory.accounts[0] == SettlementAccount("BANKDEFF", NOK, -50, 50)
    write_participants(tmp_path / "b.yaml", directory)
    assert read_participants(tmp_path / "b.yaml").accounts == directory.accounts
    (tmp_path / "a.yaml").write_text(owed.replace("-0.50", "-0.51"), encoding="utf-8")
    with pytest.raises(InputError, match=r"opening_balance -51 is outside -50\.\."):
        read_participants(tmp_path / "a.yaml")


def test_an_account_may_hold_more_than_one_order_moves(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"

    def of_balance(minor: int) -> str:
        return YAML.replace(
            "opening_balance: 0", f"opening_balance: '{minor // 100}.{minor % 100:02d}'"
        )

    path.write_text(of_balance(MAX_AMOUNT + 1), encoding="utf-8")
    assert read_participants(path).accounts[0].opening_balance == MAX_AMOUNT + 1
    path.write_text(of_balance(MAX_MONEY_PER_CURRENCY + 1), encoding="utf-8")
    with pytest.raises(InputError, match="opening_balance"):
        read_participants(path)
    owed = of_balance(0).replace("'0.00'", f"0, credit_line: '{(MAX_AMOUNT + 1) // 100}.99'")
    path.write_text(owed, encoding="utf-8")
    with pytest.raises(InputError, match="credit_line"):
        read_participants(path)


def test_what_says_nothing_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(YAML, encoding="utf-8")
    write_participants(tmp_path / "b.yaml", read_participants(tmp_path / "a.yaml"))
    assert (
        (tmp_path / "b.yaml").read_text(encoding="utf-8")
        == """\
participants:
  - bic: BANKDEFF
    name: Bank of the South
    country: DEU
    accounts:
      - currency: NOK
        opening_balance: '0.00'
        credit_line: '0.00'
  - bic: BANKNOKK
    name: Bank of the North
    country: NOR
    accounts:
      - currency: NOK
        opening_balance: '1250.50'
        credit_line: '100.00'
        collateral:
          - description: Government bond 2031
            value: '1000.00'
            haircut: '0.05'
          - description: Deposit
            value: '7.00'
            haircut: '0'
        reserved_urgent: '20.00'
        reserved_high: '0.01'
        net_sender_limit: '0.00'
        bilateral_limits:
          - counterparty: BANKDEFF
            amount: '500.00'
"""
    )


def test_every_problem_is_named_with_line_and_place(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        """\
participants:
  - bic: BANKNOKK
    name: Bank of the North
    country: NO
    accounts:
      - currency: NOK
        opening_balance: 7
        collateral:
          - {description: Bond, value: 1000.5, haircut: 0.05}
          - {description: "", value: "1.555", haircut: "1.0"}
          - {value: "-1", haircut: ".5"}
          - 7
        reserved_urgent: -1
        reserved_high: "1.555"
        net_sender_limit: true
        bilateral_limits:
          - {counterparty: BANKNOKK, amount: 5}
          - {counterparty: BANKDEFF, amount: "5.555"}
          - {counterparty: BANKDEFF, amount: 5.5}
          - {counterparty: x}
          - {counterparty: 7, amount: 1}
      - currency: QQQ
        opening_balance: 7
        collateral: [{description: Bond, value: "1.2345", haircut: 0}]
        bilateral_limits: [{counterparty: BANKDEFF, amount: 1}]
      - {currency: EUR, opening_balance: 7, collateral: {}, bilateral_limits: }
  - bic: BANKDEFF
    name: Bank of the South
    country: DE
    accounts: [{currency: EUR, opening_balance: 5}]
""",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        read_participants(tmp_path / "a.yaml")
    place, quotes = "participants[0].accounts", 'put it in quotes, like "1250.50"'
    assert str(caught.value).split("\n  ") == [
        f"{tmp_path / 'a.yaml'}: 23 problems",
        f"line 9: {place}[0].collateral[0].value is a float; money is never a float: {quotes}",
        f"line 9: {place}[0].collateral[0].haircut is a float; a haircut is never a float: put it "
        'in quotes, like "0.05"',
        f"line 10: {place}[0].collateral[1].description is empty",
        f"line 10: {place}[0].collateral[1].value '1.555' has 3 decimals; NOK has 2",
        f"line 10: {place}[0].collateral[1].haircut '1.0' is not a decimal number from 0 to less "
        "than 1, like 0.05",
        f"line 11: {place}[0].collateral[2].description is missing",
        f"line 11: {place}[0].collateral[2].value '-1' is not a decimal amount like 1250.50",
        f"line 11: {place}[0].collateral[2].haircut '.5' is not a decimal number from 0 to less "
        "than 1, like 0.05",
        f"line 12: {place}[0].collateral[3] must be a mapping with keys",
        f"line 13: {place}[0].reserved_urgent '-1' is not a decimal amount like 1250.50",
        f"line 14: {place}[0].reserved_high '1.555' has 3 decimals; NOK has 2",
        f'line 15: {place}[0].net_sender_limit must be decimal text in quotes, like "1250.50"',
        f"line 17: {place}[0].bilateral_limits[0].counterparty 'BANKNOKK' is the holder itself",
        f"line 18: {place}[0].bilateral_limits[1].amount '5.555' has 3 decimals; NOK has 2",
        f"line 18: {place}[0].bilateral_limits[1].counterparty 'BANKDEFF' has no account in NOK",
        f"line 19: {place}[0].bilateral_limits[2].amount is a float; money is never a float: "
        f"{quotes}",
        f"line 19: {place}[0].bilateral_limits[2].counterparty 'BANKDEFF' has a limit already",
        f"line 20: {place}[0].bilateral_limits[3].counterparty 'x' is not a BIC of 8 or 11 capital "
        "letters and digits, the fifth and sixth letters naming the country",
        f"line 20: {place}[0].bilateral_limits[3].amount is missing",
        f"line 21: {place}[0].bilateral_limits[4].counterparty must be text; put it in quotes",
        f"line 22: {place}[1].currency 'QQQ' is not an ISO 4217 currency code",
        f"line 26: {place}[2].collateral must be a list",
        f"line 26: {place}[2].bilateral_limits must be a list",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "participants:\n  - bic: [1]\n    accounts: [{currency: {a: 1}, opening_balance: '1'}]\n",
        "participants:\n  - bic: BANKNOKK\n    accounts: [{currency: [1], opening_balance: '1'}]\n",
        "participants:\n  - bic: {a: 1}\n    accounts: [{currency: NOK, opening_balance: '1'}]\n",
        "participants:\n  - 7\n  - {bic: BANKNOKK, accounts: 7}\n",
        "participants:\n  - {bic: BANKNOKK, accounts: [7, {bilateral_limits: [7, {a: 1}]}]}\n",
        "participants: {bic: BANKNOKK}\n",
        "- participants\n",
    ],
)
def test_a_document_of_any_form_is_refused_by_its_places(tmp_path: Path, text: str) -> None:
    path = tmp_path / "participants.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=r"participants\.yaml: "):
        read_participants(path)


def test_limits_of_one_account_name_each_counterparty_once_and_never_the_holder(
    tmp_path: Path,
) -> None:
    path = tmp_path / "participants.yaml"
    accounts = "    accounts: [{{currency: NOK, opening_balance: '1', bilateral_limits: [{}]}}]\n"
    begin = "  - bic: {}\n    name: A\n    country: NO\n"
    limit = "{{counterparty: {}, amount: '1'}}"
    names = ("BANKNOKK", "BANKDEFF", "BANKDEFF", "CCCCNOKK", "DDDDNOKK")
    text = "participants:\n" + begin.format("BANKNOKK")
    text += accounts.format(", ".join(limit.format(name) for name in names))
    text += begin.format("BANKDEFF") + accounts.format("")
    text += begin.format("CCCCNOKK") + accounts.replace("NOK,", "SEK,").format("")
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_participants(path)
    place = "participants[0].accounts[0].bilateral_limits[{}].counterparty"
    assert [line.split(": ", 1)[1] for line in str(caught.value).splitlines()[1:]] == [
        f"{place.format(0)} 'BANKNOKK' is the holder itself",
        f"{place.format(2)} 'BANKDEFF' has a limit already",
        f"{place.format(3)} 'CCCCNOKK' has no account in NOK",
        f"{place.format(4)} 'DDDDNOKK' has no account in NOK",
    ]
