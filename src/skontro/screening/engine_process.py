"""A screening engine in a process of its own, and the protocol that any engine can speak.

One line of JSON for each message, over standard input and output. First the engine says that it is
ready, with its lists, or refuses and ends:

    {"ready": {"digest": "…", "max_age_days": 7,
               "lists": [{"name": "UN", "published": "2026-11-20"}]}}
    {"refused": "un.xml: line 7: …"}

Then it answers each question in order, with an outcome for each party:

    {"number": 1, "today": "2026-11-27", "parties": [{"name": "Анна Ким", "country": "KZ"}]}
    {"number": 1, "screened": [{"outcome": "passed"}]}

Our own engine is started with ``python -m skontro.screening.engine_process LISTS.yaml``; a second
one is any program that speaks this.
"""

import datetime
import json
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TextIO

import attrs

from skontro.model import InputError
from skontro.model.party import Party
from skontro.screening.lists_document import load_screener
from skontro.screening.screener import Screened, Screener


def question(number: int, parties: Iterable[Party], today: datetime.date) -> str:
    """The line that asks for outcomes."""
    shown = [attrs.asdict(party, filter=lambda _, value: bool(value)) for party in parties]
    return _line({"number": number, "today": today.isoformat(), "parties": shown})


def answer(line: str, number: int, count: int) -> list[Screened]:
    """The outcomes in a line of an engine.

    Args:
        line: as read.
        number: of the question.
        count: of its parties.

    Raises:
        ValueError: it is no answer to the question, or not for each party.
    """
    try:
        document = json.loads(line)
        if document["number"] != number:
            raise ValueError("the answer is to another question")
        screened = [Screened.from_document(one) for one in document["screened"]]
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not an answer: {error}") from None
    if len(screened) != count:
        raise ValueError(f"{len(screened)} outcomes for {count} parties")
    return screened


def ready_line(screener: Screener) -> str:
    """The first line of our own engine."""
    lists = [
        {
            "name": one.name,
            "published": one.published.isoformat(),
            "sha256": one.sha256,
            "entries": len(one.entries),
        }
        for one in screener.lists
    ]
    policy = attrs.asdict(screener.policy)
    return _line({"ready": {"digest": screener.digest, "lists": lists, **policy}})


def serve(screener: Screener, lines: Iterable[str], write: Callable[[str], object]) -> None:
    """Answer questions until there are no more.

    Args:
        screener: with its lists loaded.
        lines: one question each.
        write: takes each line of the answer.
    """
    write(ready_line(screener))
    for line in lines:
        asked: dict[str, Any] = json.loads(line)
        parties = [Party(**one) for one in asked["parties"]]
        screened = screener.screen(parties, datetime.date.fromisoformat(asked["today"]))
        documents = [one.document() for one in screened]
        write(_line({"number": asked["number"], "screened": documents}))


def _line(document: object) -> str:
    return json.dumps(document, ensure_ascii=True, separators=(",", ":")) + "\n"


def main(path: str, source: TextIO, target: TextIO) -> int:
    """Load the lists and serve; 1 where they cannot be used."""

    def write(line: str) -> None:
        target.write(line)
        target.flush()

    try:
        screener = load_screener(Path(path))
    except InputError as error:
        write(_line({"refused": str(error)}))
        return 1
    serve(screener, source, write)
    return 0


if __name__ == "__main__":
    # The service ends first, and in order, if both are interrupted.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(main(sys.argv[1], sys.stdin, sys.stdout))
