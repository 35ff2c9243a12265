"""A process that forecasts liquidity for a page: a question on standard input, JSON out.

A page starts it. It only reads the record.
"""

import json
import sys
import time
from typing import Any

from skontro.ledger import open_record
from skontro.model import InputError
from skontro.simulation.forecast.recorded import forecast_of_record


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """The forecast that a question asks for, or ``{"error": …}`` with what to do.

    Args:
        question: `url` of the record, `key` that signed it, `days` and `percent`.
    """
    try:
        with open_record(question["url"]) as connection:
            document, _ = forecast_of_record(
                connection,
                key=question["key"],
                now=time.time_ns() // 1_000,
                days=question["days"],
                percent=question["percent"],
            )
    except InputError as error:
        return {"error": str(error)}
    return document


if __name__ == "__main__":
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
