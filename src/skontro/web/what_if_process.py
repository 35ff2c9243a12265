"""A process that forks the running day for a page: a question on standard input, JSON out.

The service's process starts it, so that the work takes neither the memory nor the interpreter of
the sequencer. It only reads the record.
"""

import json
import sys
import time
from typing import Any

from skontro.ledger import open_record
from skontro.model import InputError
from skontro.simulation.what_if import change_of, compare_rests, what_if_document
from skontro.simulation.what_if.recorded import fork_of_record
from skontro.simulation.what_if.second_process import SecondProcess, second_process


def answer(question: dict[str, Any], second: SecondProcess | None = None) -> dict[str, Any]:
    """The comparison that a question asks for, or ``{"error": …}`` with what to do.

    Args:
        question: `url` of the record, `key` that signed it, and `kind` and `fields` of a change.
        second: a process for the rest without the change.
    """
    try:
        with open_record(question["url"]) as connection:
            now = time.time_ns() // 1_000
            day = fork_of_record(connection, key=question["key"], now=now)
        change = change_of(
            question["kind"], question["fields"], day.system.directory, day.calendar, day.date
        )
        found = what_if_document(compare_rests(day.fork, day.orders, day.due, [change], second))
    except InputError as error:
        return {"error": str(error)}
    return {**found, "like": None if day.like is None else day.like.isoformat()}


if __name__ == "__main__":
    with second_process() as other:
        json.dump(answer(json.load(sys.stdin), other), sys.stdout)
