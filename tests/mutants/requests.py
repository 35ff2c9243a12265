"""What the runner asks of a server that forks, and what a child of it answers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """A run of tests with a fault, or with none.

    Args:
        tests: their names, in the order in which they are run.
        file: of the fault; empty if there is none.
        faulty: the text of that file with the fault.
        anew: import the source and the tests anew; so it is done too where it must be.
        slot: a number that no other run has at the same time.
        folder: an empty folder for this run.
        doubtful: texts; a failure in which one of them stands does not count.
    """

    tests: tuple[str, ...]
    file: str
    faulty: str
    anew: bool
    slot: int
    folder: str
    doubtful: tuple[str, ...]


@dataclass(frozen=True)
class Begun:
    """A test is run now: the first of all has no name.

    `anew`: whether the source was imported anew.
    """

    test: str
    anew: bool


@dataclass(frozen=True)
class Failed:
    """A test failed, or a file of tests could not be imported (the name of the file)."""

    test: str
    text: str


@dataclass(frozen=True)
class Ended:
    """No test failed but those whose failures do not count, of which there are so many."""

    doubtful: int


@dataclass(frozen=True)
class Lost:
    """The child died in a test, or a test took too long."""

    test: str
