"""Settle scenarios, and read and write results: a path or an object in, an object out."""

from collections.abc import Callable
from pathlib import Path

from skontro import files, simulation
from skontro.api.scenarios import PathLike, scenario_of
from skontro.files import Results, Scenario


def settle(
    scenario: Scenario | PathLike,
    *,
    skip_invalid: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Results:
    """Settle the business days of a scenario under its rulebook.

    Args:
        scenario: an object, or a path as for `read_scenario`.
        skip_invalid: for a path: leave out refused rows.
        progress: called with the numbers of applied and of all commands.

    Raises:
        RowsRefused: rows of the files are refused; nothing is settled.
        InputError: a file cannot be used.
        InvariantBroken: the settlement contradicts itself; please report it.

    Example:
        >>> import skontro as sk
        >>> from skontro.testing import small_day
        >>> sk.settle(small_day()).orders["status"].to_list()
        ['settled', 'settled', 'returned']
    """
    return simulation.settle(scenario_of(scenario, skip_invalid=skip_invalid), progress)


def read_results(folder: PathLike) -> Results:
    """Read results written by `write_results` or ``skontro settle``.

    Args:
        folder: the folder, or the results.yaml in it.

    Raises:
        InputError: it is not a results folder, or a file in it is missing or damaged.

    Example:
        >>> import skontro as sk
        >>> from skontro.testing import small_day
        >>> sk.write_results(sk.settle(small_day()), "settled")
        >>> sk.read_results("settled")
        <Results 'Small day': 3 orders, 2 settled, 1 returned>
    """
    return files.read_results(Path(folder))


def write_results(results: Results, folder: PathLike) -> None:
    """Write results as Parquet, CSV and YAML into a folder, which is created if missing.

    Args:
        results: the same results give the same bytes.
        folder: files of the same names in it are replaced.

    Raises:
        InputError: they cannot be written there.

    Example:
        >>> import skontro as sk
        >>> from skontro.testing import small_day
        >>> sk.write_results(sk.settle(small_day()), "settled")
    """
    files.write_results(Path(folder), results)


def results_of(results: Results | PathLike) -> Results:
    """The results themselves, or those at a path."""
    return results if isinstance(results, Results) else files.read_results(Path(results))
