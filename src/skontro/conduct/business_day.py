"""The business day as a list of steps that become due: nothing here reads a clock."""

import datetime
from enum import StrEnum

import attrs

from skontro.model import (
    BusinessDay,
    InputError,
    Phase,
    Purpose,
    ReasonCode,
    Rulebook,
    SettlementCalendar,
    from_timestamp,
    run_moments,
)


class StepKind(StrEnum):
    """What a business day brings, in this order where several are due at once."""

    START = "start"
    OPEN = "open"
    OFFSET = "offset"
    CUSTOMER_CUT_OFF = "customer_cut_off"
    INTERBANK_CUT_OFF = "interbank_cut_off"
    END_OF_DAY = "end_of_day"
    SEAL = "seal"


_ORDER = tuple(StepKind)

#: The steps that can be put off, and what has passed when they come.
EXTENDABLE = (StepKind.CUSTOMER_CUT_OFF, StepKind.INTERBANK_CUT_OFF, StepKind.END_OF_DAY)


@attrs.frozen
class Step:
    """Something that happens when its moment has come.

    Attributes:
        due: timestamp.
        kind: what happens.
        date: the business day that it belongs to, ISO 8601.
        currency: of a cut-off.
        algorithm: of an offsetting run.
    """

    due: int
    kind: StepKind = attrs.field(converter=StepKind)
    date: str
    currency: str = ""
    algorithm: int = 0


class BusinessDayClock:
    """Where the running business day stands and what comes next.

    Attributes:
        date: the running business day, or the last one; None before the first.
        phase: of the system as a whole.
        phases: by currency; those that take orders and those past a cut-off.
        steps: what is to come of the running day, by time.
    """

    def __init__(
        self, calendar: SettlementCalendar, rulebook: Rulebook, currencies: tuple[str, ...]
    ) -> None:
        self._calendar, self._rulebook, self._currencies = calendar, rulebook, currencies
        self.date: datetime.date | None = None
        self.phase = Phase.SEALED
        self.phases = dict.fromkeys(currencies, Phase.SEALED)
        self.steps: list[Step] = []

    def next_step(self, now: int) -> Step:
        """The next step; it may be due or not. Days that would be over by now are left out."""
        if self.steps:
            return self.steps[0]
        date = from_timestamp(now).astimezone(self._calendar.zone).date()
        if self.date is not None:
            date = max(date, self.date + datetime.timedelta(days=1))
        date = self._calendar.first_business_day(date)
        # More than once where clocks that are put back show a date again that is over.
        while self._calendar.moment(date, self._calendar.closes) <= now:
            date = self._calendar.first_business_day(date + datetime.timedelta(days=1))
        moment = self._calendar.moment(date, self._calendar.starts)
        return Step(moment, StepKind.START, date.isoformat())

    def take(self, step: Step) -> None:
        """Let the step happen; it is the next one."""
        if step.kind == StepKind.START:
            self.date = datetime.date.fromisoformat(step.date)
            self.phase = Phase.START_OF_DAY
            self.phases = dict.fromkeys(self._currencies, Phase.START_OF_DAY)
            self.steps = self._timetable(self.date)
            return
        if not self.steps or self.steps[0] != step:
            raise InputError(f"step {step.kind} of {step.date} is not the next one")
        del self.steps[0]
        if step.kind == StepKind.OPEN:
            self._move_to(Phase.OPEN)
            for code in self._closed_currencies():
                self.phases[code] = Phase.INTERBANK_CUT_OFF_PASSED
        elif step.kind == StepKind.CUSTOMER_CUT_OFF:
            self._pass(step.currency, Phase.CUSTOMER_CUT_OFF_PASSED)
        elif step.kind == StepKind.INTERBANK_CUT_OFF:
            self._pass(step.currency, Phase.INTERBANK_CUT_OFF_PASSED)
        elif step.kind == StepKind.END_OF_DAY:
            self._move_to(Phase.END_OF_DAY)
        elif step.kind == StepKind.SEAL:
            self._move_to(Phase.SEALED)

    def extend(self, kind: str, currency: str | None, until: int) -> bool:
        """Put off a step of the running day, and those that must not come before it.

        Args:
            kind: one of `EXTENDABLE`.
            currency: of a cut-off; None for all currencies.
            until: the new moment.

        Returns:
            Whether there was such a step still to come, and none of them would come earlier.
        """

        def is_meant(step: Step) -> bool:
            return step.kind == kind and currency in (None, step.currency)

        meant = [step for step in self.steps if is_meant(step)]
        if kind not in EXTENDABLE or not meant or any(until <= s.due for s in meant):
            return False
        codes = {step.currency for step in meant}
        moved = []
        for step in self.steps:
            later = _ORDER.index(step.kind) > _ORDER.index(StepKind(kind))
            follows = later and (step.currency in codes or not step.currency)
            if is_meant(step) or (follows and step.due < until):
                moved.append(attrs.evolve(step, due=until))
            else:
                moved.append(step)
        self.steps = _sorted(moved)
        return True

    def takes_orders(self, date: datetime.date) -> bool:
        """Whether the system settles on this date at all."""
        return self._calendar.is_business_day(date)

    def is_closed(self, currency: str, date: datetime.date) -> bool:
        """Whether the currency takes no orders on a business day."""
        return not self._calendar.is_open_for(currency, date)

    def cut_off_passed(self, position: int, purpose: Purpose) -> ReasonCode:
        """Why an order comes too late for its currency today; `NONE` where it does not.

        Args:
            position: of the currency.
            purpose: of the order.
        """
        code = self._currencies[position]
        phase = self.phases[code]
        if phase == Phase.CUSTOMER_CUT_OFF_PASSED and purpose == Purpose.CUSTOMER:
            return ReasonCode.CUSTOMER_CUT_OFF_PASSED
        if phase == Phase.INTERBANK_CUT_OFF_PASSED:
            if self.date is not None and self.is_closed(code, self.date):
                return ReasonCode.CURRENCY_CLOSED
            return ReasonCode.INTERBANK_CUT_OFF_PASSED
        return ReasonCode.NONE

    def to_document(self) -> dict[str, object]:
        """For a snapshot."""
        return {
            "date": None if self.date is None else self.date.isoformat(),
            "phase": int(self.phase),
            "phases": {code: int(phase) for code, phase in self.phases.items()},
            "steps": [attrs.asdict(step) for step in self.steps],
        }

    def restore(self, document: dict[str, object]) -> None:
        """Go on from a document that `to_document` gave."""
        date, phase, phases, steps = (document[k] for k in ("date", "phase", "phases", "steps"))
        if not (isinstance(phase, int) and isinstance(phases, dict) and isinstance(steps, list)):
            raise InputError("snapshot: the business day cannot be read")
        self.date = datetime.date.fromisoformat(date) if isinstance(date, str) else None
        self.phase = Phase(phase)
        self.phases = {code: Phase(number) for code, number in phases.items()}
        self.steps = [Step(**step) for step in steps]

    def _move_to(self, phase: Phase) -> None:
        self.phase = phase
        self.phases = dict.fromkeys(self._currencies, phase)

    def _pass(self, currency: str, phase: Phase) -> None:
        self.phases[currency] = max(self.phases[currency], phase)

    def _closed_currencies(self) -> list[str]:
        date = self.date
        return [c for c in self._currencies if date is not None and self.is_closed(c, date)]

    def _timetable(self, date: datetime.date) -> list[Step]:
        calendar, text = self._calendar, date.isoformat()
        opens = calendar.moment(date, calendar.opens)
        closes = calendar.moment(date, calendar.closes)
        steps = [
            Step(opens, StepKind.OPEN, text),
            Step(closes, StepKind.END_OF_DAY, text),
            Step(closes, StepKind.SEAL, text),
        ]
        for code in self._currencies:
            hours = calendar.currencies.get(code)
            if hours is None or not calendar.is_open_for(code, date):
                continue
            for kind, time in (
                (StepKind.CUSTOMER_CUT_OFF, hours.customer_cut_off),
                (StepKind.INTERBANK_CUT_OFF, hours.interbank_cut_off),
            ):
                steps.append(Step(calendar.moment(date, time), kind, text, code))
        day = BusinessDay(date, opens, closes)
        for runs in self._rulebook.schedule:
            steps += [
                Step(moment, StepKind.OFFSET, text, algorithm=int(runs.algorithm))
                for moment in run_moments(runs, day, calendar.zone)
            ]
        return _sorted(steps)


def _sorted(steps: list[Step]) -> list[Step]:
    return sorted(steps, key=lambda s: (s.due, _ORDER.index(s.kind), s.currency, s.algorithm))
