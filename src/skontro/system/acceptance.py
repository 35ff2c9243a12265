"""Acceptance of orders: into the engine, into the warehouse, or rejected with a reason."""

from __future__ import annotations

import datetime
from collections.abc import Container
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import CommandKind, Commands
from skontro.model import ParticipantDirectory, PaymentType, Phase, ReasonCode
from skontro.system.batch import ACCEPTED, WAREHOUSED

if TYPE_CHECKING:
    from skontro.system.business_day import BusinessDayClock

_EPOCH: Final = datetime.date(1970, 1, 1)


def day_number(date: datetime.date) -> int:
    """Days since 1970, the form of dates in rows."""
    return (date - _EPOCH).days


def date_of(number: int) -> datetime.date:
    """The inverse of `day_number`."""
    return _EPOCH + datetime.timedelta(days=number)


@attrs.frozen(eq=False)
class Acceptance:
    """Conditions of acceptance other than the business day.

    Attributes:
        currency_of: by account number, the position of its currency.
        currencies: codes by position.
        suspended, left: by account number.
        most_days_ahead: the most days ahead for which orders are warehoused.
    """

    currency_of: npt.NDArray[np.int64]
    currencies: tuple[str, ...]
    suspended: npt.NDArray[np.bool_]
    left: npt.NDArray[np.bool_]
    most_days_ahead: int

    @classmethod
    def of(
        cls,
        directory: ParticipantDirectory,
        suspended: Container[str],
        left: Container[str],
        most_days_ahead: int,
    ) -> Acceptance:
        """The conditions of these participants; those suspended and those that left by BIC."""
        position = {currency: i for i, currency in enumerate(directory.currencies)}
        accounts = directory.accounts
        return cls(
            currency_of=np.array([position[a.currency] for a in accounts], np.int64),
            currencies=directory.currency_codes,
            suspended=np.array([a.bic in suspended for a in accounts], np.bool_),
            left=np.array([a.bic in left for a in accounts], np.bool_),
            most_days_ahead=most_days_ahead,
        )

    def decide(self, orders: Commands, clock: BusinessDayClock) -> npt.NDArray[np.int16]:
        """The column `acceptance` of orders; the lowest reason that applies is reported."""
        acceptance = np.full(len(orders), ACCEPTED, np.int16)
        known = (orders.payer >= 0) & (orders.payer < len(self.currency_of))
        today = 0 if clock.date is None else day_number(clock.date)
        dates = orders.column("value_date")
        ahead = (dates != 0) & (dates != today)
        plain = not ahead.any()
        if clock.phase != Phase.OPEN or not plain:
            self._refer_to_other_days(acceptance, orders, known, clock, today)
        if clock.phase == Phase.OPEN and {*clock.phases.values()} != {Phase.OPEN}:
            self._apply_cut_offs(acceptance, orders, known & ~ahead, clock)
        for which, reason in (
            (self.left, ReasonCode.PARTICIPANT_LEFT),
            (self.suspended, ReasonCode.PARTICIPANT_SUSPENDED),
        ):
            if which.any():
                either = known & which[np.where(known, orders.payer, 0)]
                payee = (orders.payee >= 0) & (orders.payee < len(which))
                either |= payee & which[np.where(payee, orders.payee, 0)]
                acceptance[either] = int(reason)
        return acceptance

    def _refer_to_other_days(
        self,
        acceptance: npt.NDArray[np.int16],
        orders: Commands,
        known: npt.NDArray[np.bool_],
        clock: BusinessDayClock,
        today: int,
    ) -> None:
        over = clock.phase in (Phase.END_OF_DAY, Phase.SEALED)
        leg = orders.kind == int(CommandKind.SUBMIT_LEG)
        dates = orders.column("value_date")
        for value_date in np.unique(dates).tolist():
            of_date = known & (dates == value_date)
            if value_date in (0, today):
                if clock.phase == Phase.START_OF_DAY:
                    self._warehouse(acceptance, orders, of_date & ~leg, clock, today)
                elif over and value_date:
                    acceptance[of_date] = int(ReasonCode.NO_BUSINESS_DAY)
            elif value_date < today or not clock.takes_orders(date_of(value_date)):
                acceptance[of_date] = int(ReasonCode.NO_BUSINESS_DAY)
            else:
                too_far = value_date > today + self.most_days_ahead
                self._warehouse(acceptance, orders, of_date, clock, value_date)
                later = of_date & (acceptance == WAREHOUSED)
                # Two legs cannot be linked before they have numbers.
                acceptance[later & (leg | too_far)] = int(ReasonCode.VALUE_DATE_TOO_FAR)

    def _warehouse(
        self,
        acceptance: npt.NDArray[np.int16],
        orders: Commands,
        which: npt.NDArray[np.bool_],
        clock: BusinessDayClock,
        value_date: int,
    ) -> None:
        acceptance[which] = WAREHOUSED
        for position, code in enumerate(self.currencies):
            if clock.is_closed(code, date_of(value_date)):
                closed = which & self._is_in_currency(orders, position)
                acceptance[closed] = int(ReasonCode.NO_BUSINESS_DAY)

    def _apply_cut_offs(
        self,
        acceptance: npt.NDArray[np.int16],
        orders: Commands,
        which: npt.NDArray[np.bool_],
        clock: BusinessDayClock,
    ) -> None:
        payment_types = orders.column("payment_type")
        for position in range(len(self.currencies)):
            for payment_type in PaymentType:
                reason = clock.cut_off_passed(position, payment_type)
                if reason != ReasonCode.NONE:
                    late = which & self._is_in_currency(orders, position)
                    acceptance[late & (payment_types == int(payment_type))] = int(reason)

    def _is_in_currency(self, orders: Commands, position: int) -> npt.NDArray[np.bool_]:
        payer = np.clip(orders.payer, 0, len(self.currency_of) - 1)
        found: npt.NDArray[np.bool_] = self.currency_of[payer] == position
        return found
