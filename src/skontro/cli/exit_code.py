"""What a command tells the shell."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Documented in docs/reference/command-line.md; the numbers never change."""

    DONE = 0
    DECLINED = 1
    USAGE = 2
    INPUT_UNUSABLE = 3
    ROWS_REFUSED = 4
    INVARIANT_BROKEN = 5
    FENCED = 6
    RECORD_IN_USE = 7
    DATABASE_LOST = 8
    HEAD_REFUSED = 9
    INSTALLATION_FAULTY = 10
