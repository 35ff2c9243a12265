"""``skontro screen`` and ``skontro lists``: parties against sanctions lists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skontro.cli.terminal import ExitCode, console, print_json

if TYPE_CHECKING:
    import datetime

    from skontro.model.party import Party
    from skontro.screening.lists.entries import SanctionsList
    from skontro.screening.screener import Screened, Screener

_Published = Annotated[
    str | None,
    typer.Option(help="Day of lists that have none in them, such as those of OFAC: 2026-11-20."),
]
_Date = Annotated[
    str | None,
    typer.Option(help="The day on which lists must be fresh.", show_default="today"),
]
_MaxAge = Annotated[
    int | None,
    typer.Option(min=0, help="Most days since a list was published.", show_default="7"),
]
_Json = Annotated[bool, typer.Option("--json", help="The outcomes as JSON.")]


def screen(
    names: Annotated[
        list[str],
        typer.Argument(
            help="Names of parties; or files with a name on each line, or with a party in JSON.",
            metavar="NAME|FILE...",
        ),
    ],
    *,
    lists: Annotated[
        list[Path],
        typer.Option(
            "--list",
            help="A sanctions list (UN XML, OFAC CSV, FollowTheMoney JSON), or the document "
            "(.yaml) that names several; may be given several times.",
        ),
    ],
    country: Annotated[
        str, typer.Option(help="Country of the parties, as evidence: KZ.", show_default="none")
    ] = "",
    birth_date: Annotated[
        str,
        typer.Option(help="Date of birth of the parties, as evidence.", show_default="none"),
    ] = "",
    threshold: Annotated[
        int | None,
        typer.Option(min=1, max=100, help="Least score of a hit.", show_default="85"),
    ] = None,
    max_age: _MaxAge = None,
    published: _Published = None,
    date: _Date = None,
    as_json: _Json = False,
) -> None:
    """Screen parties against sanctions lists.

    Compares each name, in any script, with all names on the lists. Says passed, held or rejected,
    with list, entry, matched name and score. Without a fresh list, or for a name that cannot be
    read, the outcome is held.

    Ends with exit code 1 where a party is not passed.
    """
    import json

    from skontro.model.order import ScreeningOutcome

    parties = [party for name in names for party in _parties(name, country, birth_date)]
    screener = _screener(lists, published, threshold, max_age)
    outcomes = screener.screen(parties, _day(date))
    if as_json:
        shown = [
            {"name": party.name, **one.document()}
            for party, one in zip(parties, outcomes, strict=True)
        ]
        print_json(json.dumps({"lists": screener.digest, "parties": shown}, ensure_ascii=False))
    else:
        _print(parties, outcomes)
    if any(one.outcome is not ScreeningOutcome.PASSED for one in outcomes):
        raise typer.Exit(ExitCode.DECLINED)


def lists(
    files: Annotated[
        list[Path],
        typer.Argument(help="Lists, or a document (.yaml) that names them.", metavar="FILE..."),
    ],
    *,
    copy_to: Annotated[
        Path | None,
        typer.Option(
            help="Copy the lists into the folder of this system, for two people to agree to.",
            show_default="no copy",
        ),
    ] = None,
    max_age: _MaxAge = None,
    published: _Published = None,
    date: _Date = None,
    as_json: _Json = False,
) -> None:
    """Check sanctions lists: whole, fresh, and searchable.

    Reads each list and shows its date, hash, entries and names. Searches the names that its
    document names as canaries, else the first, middle and last entry.

    Ends with exit code 1 where a list is too old, and 3 where one cannot be used.
    """
    import json

    if copy_to is not None:
        _copy(files, copy_to, published, max_age, _day(date), as_json=as_json)
        return
    from skontro.screening.lists_document import check_canaries, own_canaries
    from skontro.screening.screener import unusable

    screener = _screener(files, published, None, max_age)
    if files[0].suffix not in _DOCUMENTS:
        for one in screener.lists:
            check_canaries(screener, one.name, own_canaries(one))
    reason = unusable(screener.lists, screener.policy, _day(date))
    if as_json:
        shown = [_shown(one) for one in screener.lists]
        print_json(json.dumps({"digest": screener.digest, "stale": reason, "lists": shown}))
    else:
        _print_lists(screener, reason)
    if reason:
        raise typer.Exit(ExitCode.DECLINED)


def _copy(
    files: list[Path],
    system: Path,
    published: str | None,
    max_age: int | None,
    day: datetime.date,
    *,
    as_json: bool,
) -> None:
    """Copy the lists into a system, and show the proposal that puts them in force."""
    import json

    from skontro.files.system_rules import SYSTEM
    from skontro.model import InputError
    from skontro.model.text import parse_date
    from skontro.screening.pinned_lists import stage_lists

    if max_age is not None:
        raise InputError("--max-age does not go with --copy-to: name max_age_days in a document")
    folder = SYSTEM.find(system).parent
    on = None if published is None else parse_date(published)
    screener, document = stage_lists(files, folder, day, on)
    if as_json:
        described = screener.described
        print_json(
            json.dumps(
                {
                    "digest": described.digest,
                    "document": str(document),
                    "screening_lists": described.to_document(),
                }
            )
        )
        return
    _print_lists(screener, "")
    typer.echo(f"\nStaged as {document}. To put these lists in force, two people agree:")
    typer.echo(f"  skontro propose set_screening_lists screening_lists=@{document}")


_DOCUMENTS = {".yaml", ".yml", ".toml"}


def _screener(
    paths: list[Path], published: str | None, threshold: int | None, max_age: int | None
) -> Screener:
    import attrs

    from skontro.model import InputError
    from skontro.model.text import parse_date
    from skontro.screening.lists_document import load_screener, read_lists
    from skontro.screening.screener import MatchingPolicy, Screener

    documents = [path for path in paths if path.suffix in _DOCUMENTS]
    changed: dict[str, Any] = {"threshold": threshold, "max_age_days": max_age}
    changed = {name: value for name, value in changed.items() if value is not None}
    if not documents:
        day = None if published is None else parse_date(published)
        return Screener(read_lists(paths, day), attrs.evolve(MatchingPolicy(), **changed))
    if len(paths) > 1:
        raise InputError(f"{documents[0]}: a document names all lists; give no other list with it")
    if published is not None:
        raise InputError(f"{documents[0]}: the document states when its lists were published")
    screener = load_screener(documents[0])
    if not changed:
        return screener
    return Screener(screener.lists, attrs.evolve(screener.policy, **changed))


def _parties(text: str, country: str, birth_date: str) -> list[Party]:
    import json

    from skontro.files.reading import is_file, read_text
    from skontro.model import InputError
    from skontro.model.party import Party

    if not is_file(Path(text)):
        return [Party(name=text, country=country, birth_date=birth_date)]
    parties = []
    for number, line in enumerate(read_text(Path(text)).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            fields: dict[str, Any] = {"name": line.strip()}
            if line.lstrip().startswith("{"):
                fields = json.loads(line)
            parties.append(Party(**{"country": country, "birth_date": birth_date, **fields}))
        except (InputError, ValueError, TypeError) as error:
            raise InputError(f"{text}: line {number}: no party: {error}") from None
    if not parties:
        raise InputError(f"{text}: the file names no party")
    return parties


def _day(text: str | None) -> datetime.date:
    import datetime

    from skontro.model.text import parse_date

    return datetime.datetime.now(datetime.UTC).date() if text is None else parse_date(text)


def _print(parties: list[Party], outcomes: list[Screened]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("party", "outcome", "score", "matched", "list", "entry", "evidence"):
        table.add_column(heading, justify="right" if heading == "score" else "left")
    for party, one in zip(parties, outcomes, strict=True):
        outcome = one.outcome.name.lower()
        if not one.hits:
            table.add_row(party.name, outcome, "", "", "", "", one.reason)
        for number, hit in enumerate(one.hits):
            notes = ", ".join(filter(None, ("" if number else one.reason, *hit.evidence)))
            first = ("", "") if number else (party.name, outcome)
            table.add_row(*first, str(hit.score), hit.matched, hit.list_name, hit.entry_id, notes)
    console().print(table)


def _shown(one: SanctionsList) -> dict[str, Any]:
    return {
        "name": one.name,
        "published": one.published.isoformat(),
        "sha256": one.sha256,
        "entries": len(one.entries),
        "names": sum(len(entry.names) for entry in one.entries),
    }


def _print_lists(screener: Screener, reason: str) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("list", "published", "entries", "names", "sha256"):
        table.add_column(heading, justify="right" if heading in {"entries", "names"} else "left")
    for one in screener.lists:
        shown = _shown(one)
        table.add_row(
            one.name,
            shown["published"],
            f"{shown['entries']:,}",
            f"{shown['names']:,}",
            shown["sha256"],
        )
    terminal = console()
    terminal.print(table)
    terminal.print(f"Not usable: {reason}." if reason else "All canaries are found.")
