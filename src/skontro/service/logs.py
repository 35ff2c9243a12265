"""Structured logs on standard error, with a level that can change at run time."""

import json
import logging
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, Final

import structlog

from skontro.model import InputError

#: In the system's folder: the level as one word, read at the start and on SIGHUP.
LEVEL_FILE: Final = "log-level"
LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}

_level = [logging.INFO]


def configure_logs(*, as_json: bool, verbose: bool) -> None:
    """Structured logs on standard error."""
    _level[0] = logging.DEBUG if verbose else logging.INFO
    renderer: Any = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    if as_json:
        renderer = structlog.processors.JSONRenderer(serializer=json.dumps, sort_keys=True)
    structlog.configure(
        processors=[
            _drop_below_level,
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    _adopt_library_logs(renderer)


def _adopt_library_logs(renderer: Any) -> None:  # noqa: ANN401  a processor
    """Give log lines of libraries (Uvicorn, asyncio) and warnings the common form."""
    chain: list[Any] = [
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


def read_level(folder: Path) -> str | None:
    """Set the log level from the system's folder; None if the folder names none.

    Raises:
        InputError: the file cannot be read, or names no level.
    """
    path = folder / LEVEL_FILE
    try:
        name = path.read_text(encoding="utf-8").strip().lower()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: the file cannot be read: {error}") from None
    if name not in LEVELS:
        raise InputError(f"{path}: {name!r} is not one of {', '.join(LEVELS)}")
    _level[0] = LEVELS[name]
    return name


def _drop_below_level(
    _logger: object, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    if structlog.processors.NAME_TO_LEVEL.get(method, logging.CRITICAL) < _level[0]:
        raise structlog.DropEvent
    return event
