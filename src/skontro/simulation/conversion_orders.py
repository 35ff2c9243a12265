"""Conversions as orders of the engine, and as payments added to those of the scenario."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
import polars as pl

from skontro.engine import NO_UETR, CommandKind, uetr_bytes
from skontro.files import PAYMENTS, TIMESTAMP, Scenario
from skontro.files.conversions import leg_reference
from skontro.model import Country, Currency, InputError, NettingRules, PaymentClass
from skontro.netting.conversions import Conversion
from skontro.netting.obligations import AccountHolders
from skontro.simulation.order_numbers import BY_UETR
from skontro.simulation.scheduled_commands import NO_ORDER, Fields


@attrs.frozen
class _Leg:
    """One order of a conversion."""

    payer: int
    payee: int
    currency: int
    amount: int
    timestamp: int
    is_linked: bool


@attrs.define(eq=False)
class ConversionOrders:
    """The orders of all conversions so far.

    Attributes:
        holders: participants and accounts.
        currencies: those of the engine, in its order.
        name: name of the scenario; the references of the orders derive from it.
        agent: index of the clearing agent in the participant directory, or None.
        legs: in order of submission.
    """

    holders: AccountHolders
    currencies: Sequence[Currency]
    name: str
    agent: int | None
    legs: list[_Leg]

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
        return cls(holders, currencies, name, agent, [])

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

    def submit(self, found: list[Conversion], timestamp: int) -> list[Fields]:
        """The commands of conversions: the agent pays what a participant gets, and is paid."""
        agent = self.agent
        commands: list[Fields] = []
        for conversion in found if agent is not None else []:
            assert agent is not None
            sides = [
                (side, payer, payee)
                for side, payer, payee in (
                    (conversion.gets, agent, conversion.participant),
                    (conversion.gives, conversion.participant, agent),
                )
                if side is not None
            ]
            first, linked = len(self.legs), len(sides) > 1
            for number, ((currency, amount), payer, payee) in enumerate(sides):
                commands.append(
                    {
                        "kind": CommandKind.SUBMIT_LEG if linked else CommandKind.SUBMIT,
                        "time": timestamp,
                        "payer": self.account(payer, currency),
                        "payee": self.account(payee, currency),
                        "amount": amount,
                        "payment_class": int(PaymentClass.NORMAL),
                        "order": BY_UETR if number else NO_ORDER,
                        "uetr": self._uetr(first + number),
                        "counterleg": self._uetr(first + 1 - number) if linked else NO_UETR,
                    }
                )
                self.legs.append(_Leg(payer, payee, currency, amount, timestamp, linked))
        return commands

    def _uetr(self, number: int) -> bytes:
        return uetr_bytes(leg_reference(self.name, number))


def with_conversion_orders(scenario: Scenario, orders: ConversionOrders) -> Scenario:
    """The scenario's payments, and the orders of conversions after them."""
    if not orders.legs:
        return scenario
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
    table = table.with_columns(pl.col("submitted_at").cast(TIMESTAMP), *missing)
    table = table.with_columns(
        pl.Series("counterleg", _counterlegs(orders.legs, uetrs), dtype=pl.String)
    )
    table = table.select(list(PAYMENTS)).cast(PAYMENTS)
    return attrs.evolve(scenario, payments=pl.concat([scenario.payments, table]))


def _row(leg: _Leg, uetr: str, bics: list[str], currencies: Sequence[Currency]) -> dict[str, Any]:
    return {
        "uetr": uetr,
        "payer": bics[leg.payer],
        "payee": bics[leg.payee],
        "currency": currencies[leg.currency].code,
        "amount_minor": leg.amount,
        "payment_class": PaymentClass.NORMAL.name.lower(),
        "submitted_at": leg.timestamp,
    }


def _counterlegs(legs: list[_Leg], uetrs: list[str]) -> list[str | None]:
    """The reference of each leg's counterleg; linked legs are adjacent."""
    found: list[str | None] = []
    while len(found) < len(legs):
        number = len(found)
        found += [uetrs[number + 1], uetrs[number]] if legs[number].is_linked else [None]
    return found
