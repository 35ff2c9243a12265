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
