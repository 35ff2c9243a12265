"""Typed passwords, removed from messages and from the visible command line of the process."""

import os
import re
import sys
from typing import Final

#: An argument, or the value of an option, that is the address of a database or means to be.
_ADDRESS: Final = re.compile(r"(?i)(?P<option>--[\w-]+=)?(?P<value>\s*postg\w*:.*)", re.DOTALL)
_SETTINGS: Final = re.compile(
    r"(?i)(?P<option>--[\w-]+=)?(?P<value>.*\b(?:host|user|dbname)\s*=.*)", re.DOTALL
)
_PASSWORD: Final = re.compile(r"(?i)\bpassword\s*=")


def take_passwords_out_of_arguments() -> None:
    """Move the password of a typed address into the environment.

    All users of a machine can list the arguments of all processes; only their owner can read the
    environment. If there was a password, the process starts again without it. After that no message
    can repeat it, even if other arguments are wrong.

    Raises:
        InputError: an address is malformed; the message does not repeat it.
    """
    arguments, password = list(sys.argv[1:]), None
    for index, argument in enumerate(arguments):
        before = arguments[index - 1] if index else ""
        changed, found = _without_password(argument, before if before[:2] == "--" else "")
        if found is not None:
            arguments[index], password = changed, found
    if password is None:
        return
    os.environ["PGPASSWORD"] = password
    is_process = sys.orig_argv[-len(arguments) :] == sys.argv[1:]
    sys.argv[1:] = arguments
    if is_process and os.name == "posix":
        command = [*sys.orig_argv[: -len(arguments)], *arguments]
        os.execv(sys.executable, command)


def _without_password(argument: str, option_before: str) -> tuple[str, str | None]:
    match = _ADDRESS.fullmatch(argument)
    if match is None and _PASSWORD.search(argument):
        match = _SETTINGS.fullmatch(argument)
    if match is None:
        return argument, None
    # Imported late: most commands have nothing to do with databases.
    from skontro.ledger.postgres.address import (
        checked_url,
        password_of,
        without_password,
    )

    option, value = match["option"] or "", match["value"]
    url = checked_url(value, option.rstrip("=") or option_before or "an argument")
    return f"{option}{without_password(url)}", password_of(url)
