"""Requests to the sequencer, and the state it publishes after a durable commit."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import Commands
from skontro.ledger import Entry, Head
from skontro.model import ParticipantDirectory, Phase
from skontro.system import Credentials, Decision, Proposal, SettlementSystem

#: Called once, from another thread, with the result or with what went wrong.
Done = Callable[[Any], None]

NO_KEY: Final = bytes(32)


class Overloaded(Exception):  # noqa: N818  the fact is the name
    """So much waits already that nothing more is taken; try again shortly."""


class Stopping(Exception):  # noqa: N818  the fact is the name
    """The service ends; nothing of this was recorded."""


class Held(Exception):  # noqa: N818  the fact is the name
    """Nothing is taken until the clock is right or confirmed; nothing of this was recorded."""


class Conflict(Exception):  # noqa: N818  the fact is the name
    """Something else was submitted under the same request id or UETR.

    Args:
        uetrs: those that are in use; none where it is the request id.
    """

    def __init__(self, uetrs: Sequence[bytes]) -> None:
        super().__init__("used for something else before")
        self.uetrs = tuple(uetrs)


@attrs.frozen(eq=False)
class Caller:
    """Whose work it is: number of the participant or -1, and who signed.

    Attributes:
        participant: number in the directory.
        person: SHA-256 of the name.
        key: SHA-256 of the person and its request id.
        content: SHA-256 of what is asked.
    """

    participant: int
    person: bytes
    key: bytes
    content: bytes


@attrs.frozen(eq=False)
class Orders:
    """Orders of one request; all of them are recorded, or none."""

    caller: Caller
    commands: Commands
    done: Done


@attrs.frozen(eq=False)
class Request:
    """A request about an order or account: one command."""

    caller: Caller
    command: Commands
    done: Done


@attrs.frozen(eq=False)
class DecisionRequest:
    """What a person proposes, approves or rejects."""

    caller: Caller
    act: Decision
    done: Done


@attrs.frozen(eq=False)
class Question:
    """Something to look up in the engine between batches; answered once those are durable."""

    ask: Callable[[Any], Any]
    done: Done


Work = Orders | Request | DecisionRequest | Question


@attrs.frozen(eq=False)
class View:
    """What may be told of the system as a whole: never ahead of what is durable.

    Attributes:
        time: of the last batch.
        balances, credit_lines: by account number.
        queued, held: orders waiting.
        warehoused: orders that wait for their value date.
        date: the running business day, ISO 8601, or None.
        phase, phases: of the system and of each currency.
        steps: what is to come today.
        proposals: the open ones.
        agreed: proposals agreed on for a coming day.
        suspended, left: BICs.
        credentials: in force: who is recognised.
        directory: participants and accounts.
        batch, hash: the head of the record.
    """

    time: int
    balances: npt.NDArray[np.int64]
    credit_lines: npt.NDArray[np.int64]
    queued: int
    held: int
    warehoused: int
    date: str | None
    phase: Phase
    phases: dict[str, Phase]
    steps: tuple[Any, ...]
    proposals: tuple[Proposal, ...]
    agreed: tuple[Proposal, ...]
    suspended: tuple[str, ...]
    credentials: Credentials
    left: tuple[str, ...]
    directory: ParticipantDirectory
    batch: int
    hash: bytes
    signature: bytes


def view_of(system: SettlementSystem, head: Head) -> View:
    """What may be told once the batch at the head of the record is durable."""
    engine, clock = system.engine, system.clock
    return View(
        time=int(system.last_time),
        balances=engine.balances,
        credit_lines=engine.credit_lines,
        queued=engine.queued,
        held=engine.held,
        warehoused=len(system.warehouse),
        date=None if clock.date is None else clock.date.isoformat(),
        phase=clock.phase,
        phases=dict(clock.phases),
        steps=tuple(clock.steps),
        proposals=system.four_eyes.open,
        agreed=system.four_eyes.agreed,
        suspended=tuple(system.suspended),
        credentials=system.credentials,
        left=system.membership.left,
        directory=system.directory,
        batch=head.number,
        hash=head.hash,
        signature=head.signature,
    )


@attrs.frozen(eq=False)
class Group:
    """What one transaction writes, and what follows when it is durable.

    Attributes:
        entries: to be written, may be none.
        answers: called in turn after the commit.
        refuse: called instead, if there will be none.
        in_flight: work whose ids the register knows after the commit.
        answered: how much of what waited is done with, by side.
        view: published then.
        snapshot: number of a batch and the state after it, where one is due.
        commands: how many the entries have.
    """

    entries: tuple[Entry, ...]
    answers: tuple[Callable[[], None], ...]
    refuse: tuple[Done, ...]
    in_flight: tuple[Any, ...]
    answered: Mapping[int, int]
    view: View
    snapshot: tuple[int, bytes] | None
    commands: int
