"""Protocols that are almost right. The model checker must find what is wrong with each."""

from typing import Any

import attrs

from skontro.system.links.phases import LegCommand, Occurrence, Phase, Role
from skontro.system.links.protocol_table import TABLE, Row, Tell, To, When
from skontro.system.links.statements import Step

Rows = tuple[Row, ...]
Key = tuple[Role, Phase, Step | Occurrence]
DECIDER, FOLLOWER = Role.DECIDER, Role.FOLLOWER


def without(*keys: Key) -> Rows:
    """The table without all rows of these keys; each key has one."""
    found = {(row.role, row.phase, row.cause) for row in TABLE}
    assert set(keys) <= found
    return tuple(row for row in TABLE if (row.role, row.phase, row.cause) not in keys)


def instead(*rows: Row) -> Rows:
    """The table with these rows in the place of all rows of their keys."""
    keys = [(row.role, row.phase, row.cause) for row in rows]
    kept = [row for row in TABLE if (row.role, row.phase, row.cause) not in keys]
    return (*kept, *rows)


def changed(key: Key, when: When, **fields: Any) -> Rows:
    """The table with one row changed."""
    rows = [
        attrs.evolve(row, **fields)
        if (row.role, row.phase, row.cause, row.when) == (*key, when)
        else row
        for row in TABLE
    ]
    assert rows != [*TABLE]
    return tuple(rows)


def _row(key: Key, then: Phase, *outputs: LegCommand | Tell, when: When = When.ALWAYS) -> Row:
    commands = tuple(one for one in outputs if isinstance(one, LegCommand))
    statements = tuple(one for one in outputs if isinstance(one, Tell))
    return Row(*key, when, then, commands, statements)


_NOT_COMMITTED = Tell(Step.NOT_COMMITTED, To.FOLLOWERS)
_IN_DOUBT_LATE = (FOLLOWER, Phase.PREPARED, Occurrence.DECIDE_BY_PASSED)

#: Name, what is violated, followers, transitions, and what the model has beside the usual.
VARIANTS: tuple[tuple[str, str, int, Rows, dict[str, Any]], ...] = (
    (
        "a follower releases on its own timer",
        "atomicity",
        1,
        instead(_row(_IN_DOUBT_LATE, Phase.RELEASED, LegCommand.RELEASE)),
        {"follower_timer": True},
    ),
    (
        "a follower presumes the commit",
        "atomicity",
        1,
        instead(_row(_IN_DOUBT_LATE, Phase.COMPLETED, LegCommand.COMPLETE)),
        {"follower_timer": True},
    ),
    (
        "a follower's bank takes its money back",
        "atomicity",
        1,
        instead(
            _row(
                (FOLLOWER, Phase.PREPARED, Occurrence.CANCELLATION),
                Phase.RELEASED,
                LegCommand.RELEASE,
            )
        ),
        {},
    ),
    (
        "the decider commits after decide-by, in a record whose time falls",
        "atomicity",
        1,
        TABLE,
        {"turns_back": True},
    ),
    (
        "several legs of the decider still wait when nobody may commit any more",
        "end",
        1,
        without((DECIDER, Phase.PERMITTED, Occurrence.DECIDE_BY_PASSED)),
        {"begins": Phase.MATCHED, "together": True, "certifies": False, "ends": False},
    ),
    (
        "prepared is sent before the earmark is durable",
        "atomicity",
        1,
        changed(
            (FOLLOWER, Phase.MATCHED, Step.EARMARK),
            When.NO_OBSTACLE,
            commands=(),
            statements=(Tell(Step.PREPARED, To.DECIDER),),
        ),
        {},
    ),
    (
        "the decider commits before all are prepared",
        "atomicity",
        2,
        instead(_row((DECIDER, Phase.ASKED, Step.PREPARED), Phase.PERMITTED, LegCommand.PERMIT)),
        {"begins": Phase.MATCHED, "certifies": False},
    ),
    (
        "a follower takes another statement for the abort, without proof",
        "atomicity",
        1,
        instead(_row((FOLLOWER, Phase.PREPARED, Step.MATCH), Phase.RELEASED, LegCommand.RELEASE)),
        {},
    ),
    (
        "a follower hears an abort between the command and the earmark",
        "end",
        1,
        instead(_row((FOLLOWER, Phase.EARMARKING, Step.NOT_COMMITTED), Phase.REFUSED)),
        {"begins": Phase.MATCHED, "refuses": False, "certifies": False, "forgets": True},
    ),
    (
        "the certificate is not loaded by the decider",
        "atomicity",
        1,
        without(
            *(
                (DECIDER, phase, Occurrence.CERTIFICATE)
                for phase in (
                    Phase.UNKNOWN,
                    Phase.INSTRUCTED,
                    Phase.MATCHED,
                    Phase.ASKED,
                    Phase.PERMITTED,
                )
            )
        ),
        {},
    ),
    (
        "the certificate is not loaded for a link that the decider lost",
        "atomicity",
        1,
        without((DECIDER, Phase.UNKNOWN, Occurrence.CERTIFICATE)),
        {},
    ),
    (
        "the decider's bank claims, as with a hashed time lock",
        "option",
        1,
        instead(
            _row((DECIDER, Phase.ASKED, Step.PREPARED), Phase.ASKED),
            _row(
                (DECIDER, Phase.ASKED, Occurrence.INSTRUCTION),
                Phase.PERMITTED,
                LegCommand.PERMIT,
                when=When.ALL_PREPARED,
            ),
        ),
        {"claims": True, "refuses": False, "certifies": False},
    ),
    (
        "the decider's bank cancels while earmarks are asked for",
        "option",
        1,
        instead(
            _row(
                (DECIDER, Phase.ASKED, Occurrence.CANCELLATION),
                Phase.ABORTED,
                LegCommand.CANCEL,
                _NOT_COMMITTED,
            )
        ),
        {"refuses": False, "certifies": False},
    ),
    (
        "a matched follower's bank cancels alone",
        "option",
        2,
        instead(
            _row(
                (FOLLOWER, Phase.MATCHED, Occurrence.CANCELLATION),
                Phase.REFUSED,
                LegCommand.CANCEL,
                Tell(Step.REFUSED, To.DECIDER),
            )
        ),
        {"begins": Phase.MATCHED, "refuses": False, "certifies": False, "forgets": True},
    ),
    (
        "a follower in doubt does not ask again",
        "end",
        1,
        without((FOLLOWER, Phase.PREPARED, Occurrence.REPEAT)),
        {
            "begins": Phase.MATCHED,
            "lossy": True,
            "refuses": False,
            "certifies": False,
            "cancels": False,
        },
    ),
    (
        "a committed decider does not answer again, as without recovery",
        "end",
        1,
        without((DECIDER, Phase.COMMITTED, Step.PREPARED)),
        {
            "begins": Phase.MATCHED,
            "lossy": True,
            "refuses": False,
            "certifies": False,
            "cancels": False,
        },
    ),
)
