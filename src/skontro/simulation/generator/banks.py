"""Generated banks: number per country, sizes, correspondents and accounts."""

from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from math import isqrt
from typing import Final

import attrs
import numpy as np
import polars as pl
from numpy.typing import NDArray

from skontro.model import (
    Country,
    Participant,
    ParticipantDirectory,
    SettlementAccount,
    find_currency,
)
from skontro.simulation.generator.corridors import Corridor, Trade
from skontro.simulation.generator.draws import Purpose, stream
from skontro.simulation.generator.settings import CreditCurrencies, GeneratorSettings

#: Weight of a country's largest bank; the k-th has this over k, rounded down.
FIRST_WEIGHT: Final = 1_000_000

#: Pairs are drawn with probabilities in whole parts of this.
_PARTS: Final = 1_000_000

_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@attrs.frozen(eq=False)
class Banks:
    """The generated participants, and the pairs of banks that correspond.

    Attributes:
        participants: by country, then from the largest bank to the smallest.
        first: index of each country's first bank by alpha-3 code.
        count: number of banks by alpha-3 code.
        links: for each pair of countries in alphabetical order, a table of booleans, banks of
            the first by banks of the second: whether they correspond.
    """

    participants: tuple[Participant, ...]
    first: dict[str, int]
    count: dict[str, int]
    links: dict[tuple[str, str], NDArray[np.bool_]]

    def core(self, country: str) -> int:
        """How many of a country's banks, the largest ones, correspond with everyone."""
        return core_size(self.count[country])

    def pair_weights(self, payer: str, payee: str) -> NDArray[np.int64]:
        """Weights of pairs of banks, payer's country by payee's country; 0 where unlinked."""
        weights = np.outer(_weights(self.count[payer]), _weights(self.count[payee]))
        linked = self.links[min(payer, payee), max(payer, payee)]
        return np.where(linked if payer < payee else linked.T, weights, 0)


def core_size(count: int) -> int:
    """Size of the core of a number of banks: the square root, rounded down."""
    return isqrt(count)


def create_banks(trade: Trade, settings: GeneratorSettings) -> Banks:
    """Banks for every country of the group.

    The number of banks grows with the square root of the country's trade within the group, from
    `smallest_bank_count` up to `largest_bank_count` for the country that trades most.
    """
    turnover = trade.turnover()
    most = max(turnover.values())
    participants: list[Participant] = []
    first: dict[str, int] = {}
    count: dict[str, int] = {}
    for country in trade.countries:
        square = int(settings.largest_bank_count**2 * turnover[country.alpha3] / most)
        first[country.alpha3] = len(participants)
        count[country.alpha3] = max(settings.smallest_bank_count, isqrt(square))
        participants += (_bank(country, i) for i in range(count[country.alpha3]))
    return Banks(tuple(participants), first, count, _links(count, settings))


def draw_pairs(
    banks: Banks, corridors: tuple[Corridor, ...], payments: NDArray[np.int64], seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Payer's and payee's bank for each payment, as indices of `Banks.participants`.

    Args:
        banks: to draw from.
        corridors: corridors of the group.
        payments: how many payments each corridor has; the result lists them corridor by corridor.
        seed: seed of the draws.
    """
    random = stream(seed, Purpose.BANKS)
    payers, payees = [], []
    for corridor, number in zip(corridors, payments, strict=True):
        payer, payee = corridor.importer.alpha3, corridor.exporter.alpha3
        bounds = np.cumsum(banks.pair_weights(payer, payee))
        pair = np.searchsorted(bounds, random.integers(0, bounds[-1], number), side="right")
        payers.append(banks.first[payer] + pair // banks.count[payee])
        payees.append(banks.first[payee] + pair % banks.count[payee])
    return np.concatenate(payers), np.concatenate(payees)


def _bank(country: Country, index: int) -> Participant:
    # ISO 9362: a 0 at the end of the location code marks a BIC for tests, never a live one.
    code = _LETTERS[index // 26 // 26] + _LETTERS[index // 26 % 26] + _LETTERS[index % 26]
    name = f"Generated Bank {index + 1:02d} of {country.name}"
    return Participant(f"G{code}{country.alpha2}X0", name, country)


def _weights(count: int) -> NDArray[np.int64]:
    return FIRST_WEIGHT // np.arange(1, count + 1, dtype=np.int64)


def _links(
    count: dict[str, int], settings: GeneratorSettings
) -> dict[tuple[str, str], NDArray[np.bool_]]:
    random = stream(settings.seed, Purpose.LINKS)
    threshold = int(settings.periphery_link_share * _PARTS)
    links = {}
    for one, other in combinations(count, 2):
        linked = random.integers(0, _PARTS, (count[one], count[other])) < threshold
        linked[: core_size(count[one]), :] = True
        linked[:, : core_size(count[other])] = True
        links[one, other] = linked
    return links


def open_accounts(
    banks: Banks, payments: pl.DataFrame, settings: GeneratorSettings
) -> ParticipantDirectory:
    """Every bank that pays or receives, with an account in each currency in which it does.

    An account is due to pay, per day, the total of its payments over the number of days. Opening
    balance and credit line are shares of that, rounded down. By default only banks whose country
    issues the currency get a credit line: intraday credit comes from their own central bank. With
    `credit_currencies` `paid` every account that pays gets one, by the same share, as if the
    central banks had opened lines to each other's banks: cover is then the same in every currency.

    Args:
        banks: the participants.
        payments: columns payer, payee (BICs), currency and amount_minor.
        settings: give the shares and the number of days.

    Raises:
        InputError: the money in one currency exceeds what sums can carry.
    """
    due = _due_to_pay(payments)
    country = {bank.bic: bank.country for bank in banks.participants}
    accounts = []
    for bic, code in sorted(due.keys() | _received(payments)):
        per_day = Fraction(due.get((bic, code), 0), settings.business_days)
        at_home = country[bic].issues(find_currency(code), settings.first_date)
        lines_everywhere = settings.credit_currencies == CreditCurrencies.PAID
        credit = settings.credit_share if at_home or lines_everywhere else Decimal(0)
        accounts.append(
            SettlementAccount(
                bic,
                find_currency(code),
                int(per_day * Fraction(settings.liquidity_share)),
                int(per_day * Fraction(credit)),
            )
        )
    active = {account.bic for account in accounts}
    return ParticipantDirectory(
        (bank for bank in banks.participants if bank.bic in active), accounts
    )


def _due_to_pay(payments: pl.DataFrame) -> dict[tuple[str, str], int]:
    totals = payments.group_by("payer", "currency").agg(
        pl.col("amount_minor").cast(pl.Int128).sum()
    )
    return {(bic, code): total for bic, code, total in totals.iter_rows()}


def _received(payments: pl.DataFrame) -> set[tuple[str, str]]:
    return set(payments.select("payee", "currency").unique().iter_rows())
