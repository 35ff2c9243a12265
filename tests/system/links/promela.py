"""A Promela model of one link, written from the transition table, for Spin as a second opinion.

Statements are flags that stay set, so that each may be received never, late and repeatedly. All
systems are in one process: in each step one input of one system happens.
"""

from collections.abc import Iterator

from skontro.model import ReasonCode
from skontro.system.links.phases import ENDED, LegCommand, Occurrence, Phase, Role
from skontro.system.links.protocol_table import Row, Tell, To, When
from skontro.system.links.statements import Step

DECIDER, FOLLOWER = Role.DECIDER, Role.FOLLOWER
_PHASES = {phase: number for number, phase in enumerate(Phase)}
_OPEN, _EARMARKED, _PAID, _RETURNED = range(4)
_FROM_DECIDER = (Step.MATCH, Step.EARMARK, Step.COMMITTED, Step.NOT_COMMITTED)
_FROM_FOLLOWER = (
    Step.MATCH,
    Step.READY,
    Step.NOT_READY,
    Step.WITHDRAW,
    Step.PREPARED,
    Step.REFUSED,
)
_UNASKED = (Phase.INSTRUCTED, Phase.MATCHED)


class Promela:
    """The model of a link with so many followers.

    Args:
        rows: the transitions.
        followers: one or more.
        timers: whether time passes in followers too.
    """

    def __init__(self, rows: tuple[Row, ...], followers: int, *, timers: bool = False) -> None:
        self.rows, self.followers, self.timers = rows, followers, timers

    def text(self) -> str:
        """The model."""
        count = self.followers
        lines = [
            "byte d_phase = 0; byte d_leg = 0;",
            "bool d_ready = 0; bool asked = 0; bool late = 0; bool certified = 0;",
            "byte obstacle = 0;",
        ]
        arrays = ["byte f_phase", "byte f_leg"]
        arrays += [f"bool {name}" for name in ("f_ready", "f_withdrawn")]
        arrays += [f"bool {name}" for name in ("matched", "ready", "prepared")]
        arrays += [f"bool to_f_{step}" for step in _FROM_DECIDER]
        arrays += [f"bool to_d_{step}" for step in _FROM_FOLLOWER]
        lines += [f"{one}[{count}];" for one in arrays]
        lines += ["active proctype world() {", "  do"]
        for guard, body in self.steps():
            lines.append(f"  :: atomic {{ {guard} -> obstacle = 0; {body} {self.check()} }}")
        return "\n".join([*lines, "  od", "}", ""])

    def check(self) -> str:
        """A leg is final in all systems or in none; a follower's only after the decider's."""
        legs = ["d_leg", *(f"f_leg[{at}]" for at in range(self.followers))]
        paid = " || ".join(f"{leg} == {_PAID}" for leg in legs)
        returned = " || ".join(f"{leg} == {_RETURNED}" for leg in legs)
        first = " || ".join(f"{leg} == {_PAID}" for leg in legs[1:])
        return f"assert(!(({paid}) && ({returned}))); assert(!({first}) || d_leg == {_PAID});"

    def steps(self) -> Iterator[tuple[str, str]]:
        """Guards and effects of all inputs."""
        for phase in Phase:
            for cause in (*Step, *Occurrence):
                if self.of(DECIDER, phase, cause):
                    yield from self.decider(phase, cause)
                if self.of(FOLLOWER, phase, cause):
                    yield from self.follower(phase, cause)
            if not self.of(DECIDER, phase, Occurrence.CERTIFICATE):
                # The officers certify all the same.
                guard = f"d_phase == {_PHASES[phase]} && !certified && d_leg != {_PAID}"
                yield guard, "certified = 1;"
        yield self.time_passes()

    def of(self, role: Role, phase: Phase, cause: Step | Occurrence) -> list[Row]:
        key = (role, phase, cause)
        return [row for row in self.rows if (row.role, row.phase, row.cause) == key]

    def decider(self, phase: Phase, cause: Step | Occurrence) -> Iterator[tuple[str, str]]:
        here = f"d_phase == {_PHASES[phase]}"
        if isinstance(cause, Step):
            for at in range(self.followers):
                guard = f"{here} && to_d_{cause}[{at}]"
                yield guard, self.choose("d_obstacle") + self.block(DECIDER, phase, cause, at)
            return
        enabled = {
            Occurrence.LEG_SETTLED: f" && d_leg == {_OPEN}",
            Occurrence.LEG_ENDED: f" && d_leg == {_OPEN}",
            Occurrence.DECIDE_BY_PASSED: " && late",
            Occurrence.CERTIFICATE: f" && !certified && d_leg != {_PAID}",
        }.get(cause, "")
        before = "certified = 1; " if cause == Occurrence.CERTIFICATE else ""
        before += self.choose("d_obstacle")
        yield here + enabled, before + self.block(DECIDER, phase, cause, 0)

    def follower(self, phase: Phase, cause: Step | Occurrence) -> Iterator[tuple[str, str]]:
        for at in range(self.followers):
            guard = f"f_phase[{at}] == {_PHASES[phase]}"
            if isinstance(cause, Step):
                guard += f" && to_f_{cause}[{at}]"
            elif cause == Occurrence.LEG_EARMARKED:
                guard += f" && f_leg[{at}] == {_EARMARKED}"
            elif cause == Occurrence.LEG_NOT_EARMARKED:
                guard += f" && f_leg[{at}] != {_EARMARKED}"
            elif cause == Occurrence.LEG_ENDED:
                guard += f" && f_leg[{at}] == {_OPEN}"
            elif cause == Occurrence.CERTIFICATE:
                guard += " && certified"
            elif cause == Occurrence.DECIDE_BY_PASSED and not self.timers:
                continue
            body = self.choose("f_obstacle") if isinstance(cause, Step) else ""
            yield guard, body + self.block(FOLLOWER, phase, cause, at)

    @staticmethod
    def choose(kind: str) -> str:
        """Any obstacle: none, one that passes, or, for a follower, a lasting one."""
        lasting = " :: obstacle = 2" if kind == "f_obstacle" else ""
        return f"if :: obstacle = 0 :: obstacle = 1{lasting} fi; "

    def time_passes(self) -> tuple[str, str]:
        """Record time passes decide-by. Without a commit, any later head says so."""
        asked = self.block(DECIDER, Phase.ASKED, Occurrence.DECIDE_BY_PASSED, 0)
        permitted = self.block(DECIDER, Phase.PERMITTED, Occurrence.LEG_ENDED, 0)
        absent = " ".join(f"to_f_not_committed[{at}] = 1;" for at in range(self.followers))
        return (
            "asked && !late",
            f"late = 1; if :: d_phase == {_PHASES[Phase.ASKED]} -> {asked} "
            f":: d_phase == {_PHASES[Phase.PERMITTED]} -> {permitted} :: else -> skip; fi; "
            f"if :: d_leg != {_PAID} -> {absent} :: else -> skip; fi;",
        )

    def block(self, role: Role, phase: Phase, cause: Step | Occurrence, at: int) -> str:
        """The notes of an input, then the first row whose condition holds."""
        text = "skip;"
        for row in reversed(self.of(role, phase, cause)):
            effects = self.effects(row, at)
            if row.when == When.ALWAYS:
                text = effects
            else:
                condition = self.condition(row.when, at)
                text = f"if :: {condition} -> {effects} :: else -> {text} fi;"
        return self.notes(role, phase, cause, at) + text

    def notes(self, role: Role, phase: Phase, cause: Step | Occurrence, at: int) -> str:
        if role == DECIDER and isinstance(cause, Step):
            if phase == Phase.ASKED and cause == Step.PREPARED:
                return f"prepared[{at}] = 1; "
            if phase not in _UNASKED:
                return ""
            readiness = {Step.READY: f"ready[{at}] = 1; ", Step.NOT_READY: f"ready[{at}] = 0; "}
            return f"matched[{at}] = 1; " + readiness.get(cause, "")
        own = "d_ready" if role == DECIDER else f"f_ready[{at}]"
        noted = {
            Occurrence.LEG_READY: f"{own} = 1; ",
            Occurrence.LEG_NOT_READY: f"{own} = 0; ",
            Occurrence.LEG_NOT_EARMARKED: f"{own} = 0; ",
        }
        if role == FOLLOWER:
            noted[Occurrence.CANCELLATION] = f"f_withdrawn[{at}] = 1; "
        reads = isinstance(cause, Occurrence) and phase in (*_UNASKED, Phase.EARMARKING)
        return noted.get(cause, "") if reads else ""

    def condition(self, when: When, at: int) -> str:
        def every(name: str) -> str:
            return " && ".join(f"{name}[{one}]" for one in range(self.followers))

        return {
            When.ALL_MATCHED: every("matched"),
            When.ALL_READY: f"d_ready && {every('ready')} && obstacle == 0",
            When.ALL_PREPARED: every("prepared"),
            When.IN_TIME: "!late",
            When.LATE: "late",
            When.SENDER_PREPARED: f"prepared[{at}]",
            When.OWN_READY: f"f_ready[{at}]",
            When.WITHDRAWN: f"f_withdrawn[{at}]",
            When.NO_OBSTACLE: "obstacle == 0",
            When.LASTING_OBSTACLE: "obstacle == 2",
        }[when]

    def effects(self, row: Row, at: int) -> str:
        if row.refusal != ReasonCode.NONE:
            return "skip;"
        leg = "d_leg" if row.role == DECIDER else f"f_leg[{at}]"
        moves = {Occurrence.LEG_SETTLED: _PAID, Occurrence.LEG_ENDED: _RETURNED}
        parts = [f"{leg} = {to};" for cause, to in moves.items() if cause == row.cause]
        parts.append(self.enters(row, at))
        parts += [self.says(tell, at) for tell in row.statements]
        parts += [self.commands(command, leg, at) for command in row.commands]
        return " ".join(part for part in parts if part) or "skip;"

    def enters(self, row: Row, at: int) -> str:
        if row.then == row.phase:
            return ""
        own = "d_phase" if row.role == DECIDER else f"f_phase[{at}]"
        text = f"{own} = {_PHASES[row.then]};"
        if row.then == Phase.ASKED:
            text += " asked = 1;"
        if row.role == FOLLOWER and row.then in (Phase.PREPARED, *ENDED):
            text += f" f_ready[{at}] = 0; f_withdrawn[{at}] = 0;"
        if row.role == DECIDER and row.then in ENDED:
            names = ("matched", "ready", "prepared")
            cleared = [f" {name}[{one}] = 0;" for name in names for one in range(self.followers)]
            text += " d_ready = 0;" + "".join(cleared)
        return text

    def says(self, tell: Tell, at: int) -> str:
        if tell.to == To.DECIDER:
            return f"to_d_{tell.step}[{at}] = 1;"
        if tell.to == To.SENDER:
            return f"to_f_{tell.step}[{at}] = 1;"
        known = {To.UNMATCHED: "matched", To.UNPREPARED: "prepared"}.get(tell.to)
        texts = []
        for one in range(self.followers):
            text = f"to_f_{tell.step}[{one}] = 1;"
            if known is not None:
                text = f"if :: !{known}[{one}] -> {text} :: else -> skip; fi;"
            texts.append(text)
        return " ".join(texts)

    def commands(self, command: LegCommand, leg: str, at: int) -> str:
        if command == LegCommand.EARMARK:
            taken = self.block(FOLLOWER, Phase.MATCHED, Occurrence.LEG_EARMARKED, at)
            refused = self.block(FOLLOWER, Phase.MATCHED, Occurrence.LEG_NOT_EARMARKED, at)
            return (
                f"if :: {leg} == {_OPEN} -> {leg} = {_EARMARKED}; {taken} :: true -> {refused} fi;"
            )
        before, after = {
            LegCommand.COMPLETE: (_EARMARKED, _PAID),
            LegCommand.RELEASE: (_EARMARKED, _RETURNED),
            LegCommand.CANCEL: (_OPEN, _RETURNED),
            LegCommand.PERMIT: (_OPEN, _OPEN),
        }[command]
        return f"assert({leg} == {before}); {leg} = {after};"
