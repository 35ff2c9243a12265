"""Settled cycles of a small union beside approved ones: whatever may pay, and what fails."""

from decimal import Decimal
from random import Random

import attrs
import pytest

from skontro.files import Scenario
from skontro.model import (
    CycleLength,
    Failure,
    Guarantee,
    HoldingLimit,
    Netting,
    NettingRules,
    ResidualCurrency,
    SwapLine,
    find_country,
    find_currency,
)
from skontro.simulation import settle
from tests.approval import assert_approved
from tests.netting.unions import AGENT, BANKS, CURRENCIES, DATE, USD, days, union
from tests.simulation.tables import results_lines


def drawn_union(
    seed: int,
    length: CycleLength,
    netting: Netting,
    residual: ResidualCurrency,
    guarantee: Guarantee,
) -> Scenario:
    random = Random(seed)
    business_days = days(2)
    timestamps = sorted(
        random.randrange(day.opens_at, day.closes_at) for day in business_days for _ in range(14)
    )
    payments = [
        (
            *random.sample(sorted(BANKS), 2),
            random.choice(CURRENCIES[:5]),
            random.randint(1, 10**6),
            timestamp,
        )
        for timestamp in timestamps
    ]
    held = {
        (bic, code): random.randint(0, 10**5)
        for bic in BANKS
        for code in CURRENCIES[:5]
        if random.random() < 0.5
    }
    rules = NettingRules(
        length=length,
        third_currency=USD,
        netting=netting,
        residual=residual,
        clearing_agent=AGENT,
        swap_lines=tuple(
            SwapLine(find_country(country), find_currency(code), 2 * 10**5, Decimal(interest))
            for country, code, interest in (
                ("KAZ", "RUB", "0.36"),
                ("RUS", "KZT", "0.05"),
                ("UZB", "KGS", "0"),
            )
        ),
        holding_limits=(
            HoldingLimit("STEPKZA0", find_currency("RUB"), 10**4),
            HoldingLimit("VOLGRUM0", find_currency("UZS"), 10**5),
        ),
        guarantee=guarantee,
        collateral={bic: 10**3 * place for place, bic in enumerate(BANKS)},
        failures=(Failure("MOUNKGB0", DATE), Failure("STEPKZA0", business_days[1].date)),
    )
    return union(payments, rules, business_days, held, dict.fromkeys(held, 5_000))


@pytest.mark.parametrize(
    ("seed", "length", "netting", "residual", "guarantee"),
    [
        (
            1,
            CycleLength(1, "days"),
            Netting.MULTILATERAL,
            ResidualCurrency.CREDITOR,
            Guarantee.COLLATERAL_THEN_SURVIVORS,
        ),
        (
            2,
            CycleLength(240, "minutes"),
            Netting.BILATERAL,
            ResidualCurrency.DEBTOR,
            Guarantee.SURVIVORS,
        ),
        (
            3,
            CycleLength(2, "days"),
            Netting.MULTILATERAL,
            ResidualCurrency.THIRD,
            Guarantee.COLLATERAL_THEN_SURVIVORS,
        ),
        (
            4,
            CycleLength(1, "days"),
            Netting.BILATERAL,
            ResidualCurrency.AS_ORDERED,
            Guarantee.SURVIVORS,
        ),
    ],
)
def test_cycles_settle_as_approved(
    seed: int,
    length: CycleLength,
    netting: Netting,
    residual: ResidualCurrency,
    guarantee: Guarantee,
) -> None:
    results = settle(drawn_union(seed, length, netting, residual, guarantee))
    # Balances of accounts tell what statements would say at length.
    lines = results_lines(attrs.evolve(results, statements=results.statements.clear()))
    assert_approved(f"cycles {seed}.csv.txt", "\n".join(lines) + "\n", exact=True)
