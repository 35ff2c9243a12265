"""Names of Python arguments instead of command-line options in the messages of input errors."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from skontro.model import InputError

#: Options whose argument has another name than the option without its dashes.
_ARGUMENTS: Final = {"design": "designs", "designs": "designs_file", "degree": "degrees"}
#: An option, not part of a path.
_OPTION = re.compile(r"(?<![\w./-])--([a-z][a-z-]*)")


@contextmanager
def argument_names() -> Iterator[None]:
    """Let input errors raised inside name arguments: `skip_invalid`, not `--skip-invalid`.

    Messages are written for commands, which call the same functions.

    Example:
        >>> with argument_names():
        ...     raise InputError("leave out --payments")
        Traceback (most recent call last):
        skontro.model.errors.InputError: leave out payments
    """
    try:
        yield
    except InputError as error:
        error.args = tuple(
            _OPTION.sub(_argument, text) if isinstance(text, str) else text for text in error.args
        )
        raise


def _argument(option: re.Match[str]) -> str:
    return _ARGUMENTS.get(option[1], option[1].replace("-", "_"))
