"""The business day as a list of steps that become due, without reading a clock."""

import datetime
from typing import Any

import attrs

from skontro.model import (
    BusinessDay,
    InputError,
    PaymentType,
    Phase,
    ReasonCode,
    Rulebook,
    SettlementCalendar,
    from_timestamp,
    run_timestamps,
)
from skontro.system.steps import STEP_ORDER, Step, StepKind, decode_clock_changes, in_order

#: Steps that can be postponed.
EXTENDABLE = (StepKind.CUSTOMER_CUT_OFF, StepKind.INTERBANK_CUT_OFF, StepKind.END_OF_DAY)

#: Least time from the end of an extended day to the start of the next one, in microseconds.
MARGIN_BEFORE_NEXT_DAY = 15 * 60 * 1_000_000

#: A step of one day by kind and currency.
_Name = tuple[StepKind, str]


class BusinessDayClock:
    """The phase of the running business day and its next steps.

    Attributes:
        calendar: in force, with agreed clock changes.
        date: the running business day, or the last one; None before the first.
        phase: phase of the system as a whole.
        phases: by currency; those that take orders and those past a cut-off.
        steps: the steps to come of the running day, by time.
        extensions: new timestamps of postponed steps of the running day, by kind and currency.
    """

    def __init__(
        self, calendar: SettlementCalendar, rulebook: Rulebook, currencies: tuple[str, ...]
    ) -> None:
        self.calendar, self._rulebook, self._currencies = calendar, rulebook, currencies
        self._clock_changes: str | None = None
        self.date: datetime.date | None = None
        self.phase = Phase.SEALED
        self.phases = dict.fromkeys(currencies, Phase.SEALED)
        self.steps: list[Step] = []
        self.extensions: dict[_Name, int] = {}

    def follow(self, rulebook: Rulebook, currencies: tuple[str, ...]) -> None:
        """Continue with these currencies, and with this rulebook from the next day on.

        Earlier currencies keep their positions. At the start of a day the rulebook may be that
        day's own.
        """
        for code in currencies[len(self._currencies) :]:
            self.phases[code] = self.phase
        self._currencies = currencies
        if rulebook != self._rulebook:
            self._rulebook = rulebook
            if self.phase == Phase.START_OF_DAY and self.date is not None:
                self.steps = self._timetable(self.date)

    def calendar_with(self, clock_changes: str) -> SettlementCalendar:
        """The calendar under another table of its time zone.

        Args:
            clock_changes: a TZif file in Base64.

        Raises:
            InputError: it is not such a table.
        """
        return attrs.evolve(self.calendar, zone_table=decode_clock_changes(clock_changes))

    def change_clocks(self, clock_changes: str) -> None:
        """Continue under another table of the time zone; the running day keeps its hours."""
        self.calendar = self.calendar_with(clock_changes)
        self._clock_changes = clock_changes

    def next_step(self, now: int) -> Step:
        """The next step, due or not. Days that would have ended by now are skipped."""
        if self.steps:
            return self.steps[0]
        date = from_timestamp(now).astimezone(self.calendar.zone).date()
        if self.date is not None:
            date = max(date, self.date + datetime.timedelta(days=1))
        date = self.calendar.first_business_day(date)
        # Repeated where clocks put back show a past date again.
        while self.calendar.timestamp(date, self.calendar.closes) <= now:
            date = self.calendar.first_business_day(date + datetime.timedelta(days=1))
        timestamp = self.calendar.timestamp(date, self.calendar.starts)
        return Step(timestamp, StepKind.START, date.isoformat())

    def take(self, step: Step) -> None:
        """Take the next step."""
        if step.kind == StepKind.START:
            self.date = datetime.date.fromisoformat(step.date)
            self.phase = Phase.START_OF_DAY
            self.phases = dict.fromkeys(self._currencies, Phase.START_OF_DAY)
            self.steps = self._timetable(self.date)
            self.extensions = {}
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

    def extend(self, kind: str, currency: str | None, until: int | None, now: int) -> ReasonCode:
        """Postpone a step of the running day, or move it back while it is still ahead.

        Steps that must follow it move with it, forward and back.

        Args:
            kind: one of `EXTENDABLE`.
            currency: currency of a cut-off; None for all currencies in which it is still to come.
            until: the new timestamp; None for that of the timetable.
            now: timestamp.

        Returns:
            The reason if nothing is moved, else `NONE`.
        """
        planned, reason = self.plan_extension(kind, currency, until, now)
        if reason:
            return reason
        timetable = self._timetable_times()
        for name in self._affected_steps(kind, currency, now):
            self.extensions.pop(name, None)
            if until is not None and until != timetable[name]:
                self.extensions[name] = until
        self.steps = planned
        return ReasonCode.NONE

    def plan_extension(
        self, kind: str, currency: str | None, until: int | None, now: int
    ) -> tuple[list[Step], ReasonCode]:
        """The steps to come as `extend` would leave them, and the reason if it would refuse.

        A step never moves into the past, before its timetable or before a step that it follows.
        The day ends before the next one may start.
        """
        meant, timetable = self._affected_steps(kind, currency, now), self._timetable_times()
        if not meant:
            return self.steps, ReasonCode.NOTHING_TO_EXTEND
        wished = {name: timetable[name] if until is None else until for name in meant}
        if any(wished[name] < max(timetable[name], now + 1) for name in meant):
            return self.steps, ReasonCode.EXTENSION_TOO_EARLY
        steps = self._moved({**self.extensions, **wished}, timetable)
        timestamps = {(step.kind, step.currency): step.due for step in steps}
        if any(timestamps[name] != wished[name] for name in meant):
            return self.steps, ReasonCode.EXTENSION_TOO_EARLY
        if timestamps[StepKind.SEAL, ""] > max(self._latest_end(), timetable[StepKind.SEAL, ""]):
            return self.steps, ReasonCode.EXTENSION_TOO_LATE
        return steps, ReasonCode.NOTHING_TO_CHANGE if steps == self.steps else ReasonCode.NONE

    def _affected_steps(self, kind: str, currency: str | None, now: int) -> list[_Name]:
        """The steps still to come that an extension moves."""
        return [
            (step.kind, step.currency)
            for step in self.steps
            if step.kind == kind
            and kind in EXTENDABLE
            and currency in (None, step.currency)
            and step.due > now
        ]

    def _timetable_times(self) -> dict[_Name, int]:
        """Timestamps of the running day's steps without any extension."""
        steps = [] if self.date is None else self._timetable(self.date)
        return {(step.kind, step.currency): step.due for step in steps}

    def _moved(self, extensions: dict[_Name, int], timetable: dict[_Name, int]) -> list[Step]:
        """The steps to come, each after its predecessors."""
        timestamps: dict[_Name, int] = {}
        for step in sorted(self.steps, key=lambda step: STEP_ORDER.index(step.kind)):
            if step.kind not in (*EXTENDABLE, StepKind.SEAL):
                continue
            name = (step.kind, step.currency)
            earliest = max(timetable[name], extensions.get(name, 0))
            before = [
                due
                for (kind, currency), due in timestamps.items()
                if kind != step.kind and (currency == step.currency or not step.currency)
            ]
            timestamps[name] = max([earliest, *before])
        return in_order(
            [
                attrs.evolve(step, due=timestamps.get((step.kind, step.currency), step.due))
                for step in self.steps
            ]
        )

    def _latest_end(self) -> int:
        """The latest end of an extended day."""
        tomorrow = datetime.date.fromisoformat(self.steps[0].date) + datetime.timedelta(days=1)
        return self.calendar.timestamp(tomorrow, self.calendar.starts) - MARGIN_BEFORE_NEXT_DAY

    def takes_orders(self, date: datetime.date) -> bool:
        """Whether the system settles on this date at all."""
        return self.calendar.is_business_day(date)

    def is_closed(self, currency: str, date: datetime.date) -> bool:
        """Whether the currency is closed for orders on a business day."""
        return not self.calendar.is_open_for(currency, date)

    def cut_off_passed(self, position: int, payment_type: PaymentType) -> ReasonCode:
        """The cut-off that an order has missed today; `NONE` where it is in time.

        Args:
            position: position of the currency.
            payment_type: payment type of the order.
        """
        code = self._currencies[position]
        phase = self.phases[code]
        if phase == Phase.CUSTOMER_CUT_OFF_PASSED and payment_type == PaymentType.CUSTOMER:
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
            "extensions": [[*name, until] for name, until in self.extensions.items()],
            "clock_changes": self._clock_changes,
        }

    def restore(self, document: dict[str, object]) -> None:
        """Continue from a document of `to_document`."""
        date, phase, phases, steps = (document[k] for k in ("date", "phase", "phases", "steps"))
        if not (isinstance(phase, int) and isinstance(phases, dict) and isinstance(steps, list)):
            raise InputError("snapshot: the business day cannot be read")
        self.date = datetime.date.fromisoformat(date) if isinstance(date, str) else None
        self.phase = Phase(phase)
        self.phases = {code: Phase(number) for code, number in phases.items()}
        self.steps = [Step(**step) for step in steps]
        clock_changes = document["clock_changes"]
        if isinstance(clock_changes, str):
            self.change_clocks(clock_changes)
        extensions: Any = document["extensions"]
        self.extensions = {(StepKind(kind), code): until for kind, code, until in extensions}

    def _move_to(self, phase: Phase) -> None:
        self.phase = phase
        self.phases = dict.fromkeys(self._currencies, phase)

    def _pass(self, currency: str, phase: Phase) -> None:
        self.phases[currency] = max(self.phases[currency], phase)

    def _closed_currencies(self) -> list[str]:
        date = self.date
        return [c for c in self._currencies if date is not None and self.is_closed(c, date)]

    def _timetable(self, date: datetime.date) -> list[Step]:
        calendar, text = self.calendar, date.isoformat()
        opens = calendar.timestamp(date, calendar.opens)
        closes = calendar.timestamp(date, calendar.closes)
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
                steps.append(Step(calendar.timestamp(date, time), kind, text, code))
        day = BusinessDay(date, opens, closes)
        for runs in self._rulebook.schedule:
            steps += [
                Step(timestamp, StepKind.OFFSET, text, algorithm=int(runs.algorithm))
                for timestamp in run_timestamps(runs, day, calendar.zone)
            ]
        return in_order(steps)
