"""Checks of an installation that change nothing; imports of the module are Python's own alone.

So the command still runs where a package is missing.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import re
import sys
from pathlib import Path

from skontro.cli.machine_checks import (
    FAILED,
    OK,
    WARNING,
    Finding,
    check_clock,
    check_database,
    check_disk,
    check_limits,
    check_terminal,
    check_time_zones,
)
from skontro.cli.terminal import ExitCode

#: Versions of Python that the tests run with.
_PYTHONS = ((3, 11), (3, 13))
#: Packages with machine code of their own, which may not fit the machine.
_COMPILED = ("numpy", "numba", "polars", "psycopg", "highspy", "cryptography", "pydantic_core")


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
        ("database", lambda: check_database(database)),
        ("time zones", check_time_zones),
        ("clock", check_clock),
        ("disk", check_disk),
        ("limits", check_limits),
        ("terminal", check_terminal),
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
    from skontro.engine.jit import cache_folder

    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in {"", "0"}:
        advice = "unset NUMBA_DISABLE_JIT, unless you look for a fault"
        return [(WARNING, "kernel cache", "kernels run as plain Python, slowly", advice)]
    folder = cache_folder()
    if not os.access(_nearest(folder), os.W_OK):
        what = f"{folder} cannot be written: every start compiles for a minute"
        return [(FAILED, "kernel cache", what, "set NUMBA_CACHE_DIR to a writable folder")]
    compiled = len(list(folder.rglob("*.nbi"))) if folder.is_dir() else 0
    state = f"{compiled} kernels compiled" if compiled else "empty, the first run compiles"
    return [(OK, "kernel cache", f"{folder}: {state}", "")]


def _nearest(folder: Path) -> Path:
    """The folder, or its nearest existing parent."""
    return next(one for one in (folder, *folder.parents) if one.exists())


def lines(found: list[Finding]) -> list[str]:
    """The findings as text: one line each, with advice below it."""
    text = []
    for status, name, detail, advice in found:
        text.append(f"{status:8} {name}: {detail}")
        text += [f"{'':8} -> {advice}"] if advice else []
    counts = {status: sum(one[0] == status for one in found) for status in (FAILED, WARNING)}
    text.append(
        "All requirements of Skontro are met."
        if not counts[FAILED]
        else f"{counts[FAILED]} of {len(found)} checks failed."
    )
    return text


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
