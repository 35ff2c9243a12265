"""A process that reads tables of orders for the service, one after the other, until its input ends.

Readers of Arrow and Parquet have had faults that a hostile file can use. So they run outside the
process that settles. Memory is bounded: a table that needs more ends this process, and the service
refuses it.
"""

import io
import json
import resource
import signal
import sys
from pathlib import Path
from typing import BinaryIO, Final

import polars as pl

from skontro.service.api.order_schemas import MAX_ORDERS
from skontro.service.tables.as_json import as_json
from skontro.service.tables.order_columns import RefusedTable, checked
from skontro.service.tables.transfer import ANSWER, QUESTION, AnswerKind, TableForm, TableRead
from skontro.service.tables.usual_rows import usual_rows

#: Bytes of memory that one table may take, in addition to the program.
MAX_MEMORY: Final = 512 * 2**20


def read_table(form: TableForm, body: bytes, *, as_text: bool = False) -> TableRead:
    """Read a table of orders.

    Args:
        form: of the body.
        body: of the request.
        as_text: give JSON in any case.
    """
    try:
        whole = _opened(form, body)
        table = checked(whole)
    except RefusedTable as error:
        why = {"status": error.status, "detail": error.detail, "column": error.column}
        return TableRead(AnswerKind.REFUSED, json.dumps(why).encode())
    usual = None if as_text or whole.height > MAX_ORDERS else usual_rows(table)
    if usual is None:
        return TableRead(AnswerKind.JSON, content=as_json(table, whole.height))
    rows, texts = usual
    return TableRead(AnswerKind.ROWS, json.dumps(texts).encode(), rows.tobytes())


def _opened(form: TableForm, body: bytes) -> pl.DataFrame:
    source = io.BytesIO(body)
    try:
        if form is TableForm.ARROW:
            return pl.read_ipc_stream(source, n_rows=MAX_ORDERS + 1)
        return pl.read_parquet(source, n_rows=MAX_ORDERS + 1)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the library is not an Exception
        name = "an Arrow IPC stream" if form is TableForm.ARROW else "a Parquet file"
        why = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise RefusedTable(400, f"this is not {name}: {why}") from None


def _bound_memory() -> None:
    """Let the system end allocations beyond what one table may take."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MAX_MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def serve(given: BinaryIO, answers: BinaryIO) -> None:
    """Read tables from one stream, and answer on the other, until the first ends."""
    while len(head := given.read(QUESTION.size)) == QUESTION.size:
        form, as_text, length = QUESTION.unpack(head)
        found = read_table(TableForm(form), given.read(length), as_text=bool(as_text))
        answers.write(ANSWER.pack(found.kind, len(found.head), len(found.content)))
        answers.write(found.head)
        answers.write(found.content)
        answers.flush()


def main() -> None:
    """Read tables from standard input."""
    # The service ends first, and in order, if both are interrupted.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        _bound_memory()
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
