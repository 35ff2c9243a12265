"""Conversions as orders of the engine, and how they move the numbers of the orders after them."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
import polars as pl

from skontro.engine import CommandKind, Commands, Engine
from skontro.files import MOMENT, PAYMENTS, Scenario
from skontro.files.conversions import leg_reference
from skontro.model import Country, Currency, InputError, NettingRules, PaymentClass
from skontro.netting.conversions import Conversion
from skontro.netting.obligations import AccountHolders
from skontro.simulation.rows import NO_ACCOUNT, Row


@attrs.frozen
class _Leg:
    """One order of a conversion."""

    payer: int
    payee: int
    currency: int
    amount: int
    moment: int
    is_linked: bool


@attrs.define(eq=False)
class ConversionOrders:
    """The orders of all conversions so far.

    Attributes:
        holders: participants and accounts.
        currencies: those of the engine, in its order.
        name: of the scenario; the references of the orders derive from it.
        agent: index of the clearing agent in the participant directory, or None.
        legs: in order of submission.
        before: for each leg, how many payments of the scenario were submitted before it.
    """

    holders: AccountHolders
    currencies: Sequence[Currency]
    name: str
    agent: int | None
    legs: list[_Leg]
    before: list[int]

    @classmethod
    def of(
        cls, rules: NettingRules, holders: AccountHolders, currencies: Sequence[Currency], name: str
    ) -> "ConversionOrders":
        """No conversions yet.

        Raises:
            InputError: the clearing agent is not in the directory.
        """
        agent = None
        if rules.clearing_agent is not None:
            bics = [participant.bic for participant in holders.directory.participants]
            if rules.clearing_agent not in bics:
                raise InputError(
                    f"netting: clearing_agent {rules.clearing_agent} is not in the participant"
                    " directory; add it, with an account in each currency"
                )
            agent = bics.index(rules.clearing_agent)
        return cls(holders, currencies, name, agent, [], [])

    def account(self, participant: int, currency: int) -> int:
        """The number of this account.

        Raises:
            InputError: the participant has none.
        """
        bic = self.holders.directory.participants[participant].bic
        code = self.currencies[currency].code
        number = self.holders.directory.account_number(bic, code)
        if number is None:
            raise InputError(
                f"netting: {bic} needs a settlement account in {code}: add it to the participants"
            )
        return number

    def accounts_of(self, country: Country, currency: int) -> list[int]:
        """Numbers of the accounts that participants of a country hold in a currency."""
        participants = self.holders.directory.participants
        rows = np.flatnonzero(self.holders.currency == currency).tolist()
        return [row for row in rows if participants[self.holders.holder[row]].country == country]

    def submit(self, found: list[Conversion], moment: int, engine: Engine) -> list[Row]:
        """The commands of conversions: the agent pays what a participant gets, and is paid."""
        agent = self.agent
        order, submitted = engine.orders, engine.orders - len(self.legs)
        rows: list[Row] = []
        for conversion in found if agent is not None else []:
            assert agent is not None
            linked = conversion.gets is not None and conversion.gives is not None
            first = NO_ACCOUNT
            for side, payer, payee in (
                (conversion.gets, agent, conversion.participant),
                (conversion.gives, conversion.participant, agent),
            ):
                if side is None:
                    continue
                currency, amount = side
                rows.append(
                    Row(
                        CommandKind.SUBMIT_LEG if linked else CommandKind.SUBMIT,
                        moment,
                        self.account(payer, currency),
                        self.account(payee, currency),
                        amount,
                        int(PaymentClass.NORMAL),
                        first,
                    )
                )
                self.legs.append(_Leg(payer, payee, currency, amount, moment, linked))
                self.before.append(submitted)
                first = order
                order += 1
        return rows

    def renumbered(self, commands: Commands) -> Commands:
        """Commands with the numbers of their orders moved by the legs that came before these."""
        if not self.before or not len(commands.order):
            return commands
        moved = np.searchsorted(np.array(self.before), commands.order, side="right")
        order = np.where(commands.order >= 0, commands.order + moved, commands.order)
        return attrs.evolve(commands, order=order)


def with_conversion_orders(
    scenario: Scenario, accounts: pl.DataFrame, orders: ConversionOrders
) -> tuple[Scenario, pl.DataFrame]:
    """The scenario's payments with the orders of conversions among them, row i being order i."""
    if not orders.legs:
        return scenario, accounts
    row = np.arange(scenario.payments.height)
    row = row + np.searchsorted(np.array(orders.before), row, side="right")
    of_legs = np.array(orders.before) + np.arange(len(orders.legs))
    rows = np.argsort(np.concatenate([row, of_legs]), kind="stable")
    bics = [participant.bic for participant in orders.holders.directory.participants]
    uetrs = [leg_reference(orders.name, number) for number in range(len(orders.legs))]
    table = pl.DataFrame(
        [
            _row(leg, uetr, bics, orders.currencies)
            for leg, uetr in zip(orders.legs, uetrs, strict=True)
        ]
    )
    missing = [
        pl.lit(None, dtype).alias(name)
        for name, dtype in PAYMENTS.items()
        if name not in table.columns
    ]
    table = table.with_columns(pl.col("submitted_at").cast(MOMENT), *missing)
    table = table.with_columns(
        pl.Series("counterleg", _counterlegs(orders.legs, uetrs), dtype=pl.String)
    )
    table = table.select(list(PAYMENTS)).cast(PAYMENTS)
    numbers = pl.DataFrame(
        {
            side: [orders.account(getattr(leg, side), leg.currency) for leg in orders.legs]
            for side in ("payer", "payee")
        },
        schema=accounts.schema,
    )
    payments = pl.concat([scenario.payments, table])[rows]
    return attrs.evolve(scenario, payments=payments), pl.concat([accounts, numbers])[rows]


def _row(leg: _Leg, uetr: str, bics: list[str], currencies: Sequence[Currency]) -> dict[str, Any]:
    return {
        "uetr": uetr,
        "payer": bics[leg.payer],
        "payee": bics[leg.payee],
        "currency": currencies[leg.currency].code,
        "amount_minor": leg.amount,
        "payment_class": PaymentClass.NORMAL.name.lower(),
        "submitted_at": leg.moment,
    }


def _counterlegs(legs: list[_Leg], uetrs: list[str]) -> list[str | None]:
    """The reference of each linked leg's other one; linked legs stand side by side."""
    found: list[str | None] = []
    while len(found) < len(legs):
        number = len(found)
        found += [uetrs[number + 1], uetrs[number]] if legs[number].is_linked else [None]
    return found
