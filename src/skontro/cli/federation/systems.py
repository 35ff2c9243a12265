"""The systems of a demonstration: a folder for each country, and contracts between all of them."""

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.files.participants import participants_text
from skontro.files.writing import write_text
from skontro.ledger.keys import KEY_FILE, make_private_key, public_text, read_private_key
from skontro.model import (
    Country,
    Currency,
    Participant,
    ParticipantDirectory,
    Rate,
    RateTable,
    SettlementAccount,
    find_country,
    find_currency,
)
from skontro.service.initialise import KEYS_FOLDER, initialise_system
from skontro.system import NO_SCREENING
from skontro.system.links.contract import ContractSide, LinkContract, LinkedCurrency, Officer

#: Country, currency, and units for one US dollar: round figures, not published rates.
COUNTRIES: Final = (
    ("KAZ", "KZT", "500"),
    ("KGZ", "KGS", "87"),
    ("UZB", "UZS", "12500"),
    ("TJK", "TJS", "10"),
    ("ARM", "AMD", "390"),
    ("AZE", "AZN", "1.7"),
    ("BLR", "BYN", "3.2"),
    ("RUS", "RUB", "90"),
    ("MDA", "MDL", "18"),
    ("TKM", "TMT", "3.5"),
)
#: Letters of the banks of each country.
BANKS: Final = "ABCD"
_DOLLAR: Final = find_currency("USD")
#: In US cents: opening balance of a bank, and cap on value in doubt.
_OPENING: Final = 100_000_000_000
_CAP: Final = 10_000_000_000
_DATE: Final = datetime.date(2026, 11, 24)


def rate_table(count: int) -> RateTable:
    """The rates of the first countries, in US dollars."""
    return RateTable(
        _DOLLAR,
        [
            Rate(find_currency(code), Decimal(units), _DATE, "demonstration")
            for _, code, units in COUNTRIES[:count]
        ],
    )


@attrs.frozen
class DemoSystem:
    """The system of one country.

    Attributes:
        name: its identifier in contracts.
        country: its country.
        currency: that it settles.
        folder: with its rules, keys and embedded record.
        port: of its service on this machine.
    """

    name: str
    country: Country
    currency: Currency
    folder: Path
    port: int

    @property
    def url(self) -> str:
        """URL of its service."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def banks(self) -> tuple[str, ...]:
        """BICs of the banks that pay."""
        return tuple(f"DEM{letter}{self.country.alpha2}X0" for letter in BANKS)

    @property
    def central_bank(self) -> str:
        """BIC of the holder of the earmark account; the holder of vostros in other systems."""
        return _central_bank_of(self.country)

    @property
    def clearing(self) -> str:
        """BIC of the holder of the clearing accounts for joint cycles."""
        return f"DECL{self.country.alpha2}X0"

    @property
    def member(self) -> str:
        """BIC of the holder, in other systems, of the accounts for joint cycles."""
        return _member_of(self.country)

    @property
    def officers(self) -> tuple[tuple[str, Path], ...]:
        """Names of the officers who may certify, and the files of their keys."""
        keys = self.folder / KEYS_FOLDER
        return tuple(
            (f"Officer {number} of {self.name}", keys / f"officer-{number}.pem")
            for number in (1, 2)
        )


def _country_at(place: int) -> tuple[Country, Currency]:
    code, currency, _ = COUNTRIES[place]
    return find_country(code), find_currency(currency)


def _member_of(country: Country) -> str:
    return f"DEJC{country.alpha2}X0"


def _central_bank_of(country: Country) -> str:
    return f"DECB{country.alpha2}X0"


def make_system(
    place: int, within: Path, port: int, now: datetime.datetime, count: int
) -> DemoSystem:
    """Write the folder of one country's system.

    Args:
        place: of the country in `COUNTRIES`.
        within: folder in which to make it.
        port: of its service.
        now: the time of the demonstration, which is in the morning of the system's day.
        count: number of countries; the first ones are linked.

    Raises:
        InputError: the folder cannot be written.
    """
    country, currency = _country_at(place)
    name = f"{country.alpha2}-RTGS"
    one = DemoSystem(name, country, currency, within / name, port)
    file = within / f"{name}-participants.yaml"
    write_text(file, participants_text(_directory(one, count)))
    initialise_system(
        one.folder,
        file,
        name=one.name,
        time_zone=morning_zone(now),
        opens=datetime.time(6, 0),
        closes=datetime.time(22, 0),
        weekend=(),
        holidays_in=(),
        screening=NO_SCREENING,
    )
    for _, path in one.officers:
        make_private_key(path)
    return one


def morning_zone(now: datetime.datetime) -> str:
    """A time zone in which it is between ten and eleven in the morning.

    So a demonstration at any hour is within the business day, far from its cut-off.

    Args:
        now: in UTC.
    """
    ahead = 10 - now.hour
    if ahead < -12:
        ahead += 24
    # The names have the sign of POSIX: Etc/GMT-5 is five hours ahead of UTC.
    return "Etc/GMT" if ahead == 0 else f"Etc/GMT{-ahead:+d}"


def _directory(one: DemoSystem, count: int) -> ParticipantDirectory:
    """Banks with accounts in all currencies, and the mirror accounts towards all other systems."""
    rates = rate_table(count)
    opening = rates.amount(_OPENING, one.currency)
    letters = zip(one.banks, BANKS, strict=True)
    named = [(bic, f"Demonstration Bank {letter} of {one.country.name}") for bic, letter in letters]
    participants = [Participant(bic, name, one.country) for bic, name in named]
    accounts = [SettlementAccount(bic, one.currency, opening) for bic in one.banks]
    for country, currency in map(_country_at, range(count)):
        holder = _central_bank_of(country)
        name = f"Demonstration Central Bank of {country.name}"
        participants.append(Participant(holder, name, country))
        # The earmark account, or the vostro of another country.
        accounts.append(SettlementAccount(holder, one.currency, 0))
        if country != one.country:
            line = rates.amount(_CAP, currency)
            accounts += [SettlementAccount(bic, currency, 0) for bic in one.banks]
            accounts.append(SettlementAccount(one.central_bank, currency, 0, credit_line=line))
            accounts += _cycle_accounts(one, country, currency, rates)
            member = f"Demonstration Clearing of {country.name}"
            participants.append(Participant(_member_of(country), member, country))
    clearing = f"Demonstration Clearing House of {one.country.name}"
    participants.append(Participant(one.clearing, clearing, one.country))
    accounts.append(SettlementAccount(one.clearing, one.currency, 0))
    return ParticipantDirectory(participants, accounts)


def _cycle_accounts(
    one: DemoSystem, country: Country, currency: Currency, rates: RateTable
) -> list[SettlementAccount]:
    """Accounts for joint cycles towards another country.

    The clearing account in its currency pays creditors here before the money is back, and its own
    account here pays what its banks owe net.
    """
    abroad, home = rates.amount(_CAP, currency), rates.amount(_CAP, one.currency)
    return [
        SettlementAccount(one.clearing, currency, 0, credit_line=abroad),
        SettlementAccount(_member_of(country), one.currency, 0, credit_line=home),
    ]


def contract_of(one: DemoSystem, other: DemoSystem) -> LinkContract:
    """The contract between two systems, from the keys in their folders."""
    return LinkContract(1, [_side(one, other), _side(other, one)])


def _side(one: DemoSystem, other: DemoSystem) -> ContractSide:
    def public(path: Path) -> str:
        key: Ed25519PrivateKey = read_private_key(path)
        return public_text(key)

    place = [code for _, code, _ in COUNTRIES].index(one.currency.code)
    cap = rate_table(place + 1).amount(_CAP, one.currency)
    return ContractSide(
        one.name,
        f"Operator of {one.name}",
        public(one.folder / KEY_FILE),
        [Officer(name, public(path)) for name, path in one.officers],
        [
            LinkedCurrency(
                one.currency.code, one.central_bank, cap, other.central_bank, other.central_bank
            )
        ],
    )
