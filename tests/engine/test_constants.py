"""Constants of kernels: each is the number of its member, under a name of its own."""

import doctest
from enum import IntEnum

import pytest

from skontro.engine import CommandKind, EventKind, constants
from skontro.engine.constants import plain_integers
from skontro.model import Algorithm, ReasonCode


@pytest.mark.parametrize(
    ("kind", "suffix"),
    [(ReasonCode, ""), (CommandKind, ""), (EventKind, "_EVENT"), (Algorithm, "_ALGORITHM")],
)
def test_every_member_is_a_plain_integer(kind: type[IntEnum], suffix: str) -> None:
    for member in kind:
        name = "NO_REASON" if member is ReasonCode.NONE else f"{member.name}{suffix}"
        constant = vars(constants)[name]
        assert (type(constant), constant) == (int, member.value)


def test_no_name_is_given_twice() -> None:
    names = [name for name, _ in plain_integers()]
    assert sorted(set(names)) == sorted(names)
    assert len(names) == len(ReasonCode) + len(CommandKind) + len(EventKind) + len(Algorithm)


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(AttributeError, match="NO_SUCH_REASON"):
        _ = constants.NO_SUCH_REASON
    assert "NONE" not in vars(constants)


def test_the_example_holds() -> None:
    assert doctest.testmod(constants) == doctest.TestResults(failed=0, attempted=2)
