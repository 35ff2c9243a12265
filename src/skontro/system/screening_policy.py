"""The rules on screening and on the Travel Rule, and their decisions about an order.

The outcome of screening comes with the order. Replay never screens: the recorded outcome decides.
"""

from enum import StrEnum
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import Commands
from skontro.model import PaymentType, ReasonCode, ScreeningOutcome

#: In the column `travel_rule`: the details have all that FATF Recommendation 16 asks for.
TRAVEL_RULE_COMPLETE: Final = 1

_PASSED: Final = (int(ScreeningOutcome.PASSED), int(ScreeningOutcome.RELEASED))


class ScreeningRule(StrEnum):
    """Whether orders must have been screened."""

    REQUIRED = "required"
    OFF = "off"


class TravelRule(StrEnum):
    """The treatment of a customer's order without the information of FATF Recommendation 16."""

    HOLD = "hold"
    REJECT = "reject"
    OFF = "off"


@attrs.frozen
class ScreeningPolicy:
    """Which orders are held or rejected before they reach the engine.

        policy = ScreeningPolicy(travel_rule="off")
        policy.judge(orders)  # array([-131], dtype=int16): held, because not screened

    Attributes:
        screening: `required`, and an order without an outcome is held; `off`, and it passes. An
            outcome that holds or rejects counts in any case.
        travel_rule: for orders of customers.
    """

    screening: ScreeningRule = attrs.field(default=ScreeningRule.REQUIRED, converter=ScreeningRule)
    travel_rule: TravelRule = attrs.field(default=TravelRule.HOLD, converter=TravelRule)

    @property
    def is_off(self) -> bool:
        """Whether orders without any screening pass."""
        return self.screening == ScreeningRule.OFF and self.travel_rule == TravelRule.OFF

    def judge(self, orders: Commands) -> npt.NDArray[np.int16]:
        """The verdict on each order: 0 passes, a reason rejects, a reason below zero holds.

        Rejection goes before holding; of several reasons the lowest counts.
        """
        outcome = orders.column("screening")
        verdict = np.zeros(len(orders), np.int16)
        if self.travel_rule != TravelRule.OFF:
            lacking = orders.column("payment_type") == int(PaymentType.CUSTOMER)
            lacking &= orders.column("travel_rule") != TRAVEL_RULE_COMPLETE
            lacking &= outcome != int(ScreeningOutcome.RELEASED)
            rejects = self.travel_rule == TravelRule.REJECT
            verdict[lacking] = (
                int(ReasonCode.TRAVEL_RULE_REJECTED)
                if rejects
                else -int(ReasonCode.TRAVEL_RULE_HOLD)
            )
        open_to_hold = verdict <= 0
        if self.screening == ScreeningRule.REQUIRED:
            unknown = ~np.isin(outcome, _PASSED)
            verdict[unknown & open_to_hold] = -int(ReasonCode.NOT_SCREENED)
        held = outcome == int(ScreeningOutcome.HELD)
        verdict[held & open_to_hold] = -int(ReasonCode.SCREENING_HOLD)
        verdict[outcome == int(ScreeningOutcome.REJECTED)] = int(ReasonCode.SCREENING_REJECTED)
        return verdict

    def to_document(self) -> dict[str, Any]:
        """As JSON values."""
        return {"screening": str(self.screening), "travel_rule": str(self.travel_rule)}


#: The policy of a system that neither screens nor looks at the Travel Rule.
NO_SCREENING: Final = ScreeningPolicy(ScreeningRule.OFF, TravelRule.OFF)
