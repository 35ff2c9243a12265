"""Trace of one order: the modules with a call that is given or returns it.

    python -m tests.service.way_of_an_order

A call counts if an argument or its result holds the order: its UETR as bytes or text, or a column
or record with it. Objects of the request, the queue and the record are looked into; the parts of
the service, which only keep references to each other, are not.
"""

import tempfile
import threading
import uuid
from pathlib import Path
from types import FrameType
from typing import Any, Final

import attrs
import numpy as np
from pydantic import BaseModel

import skontro
from tests.service.systems import live_system, order, write_folder

_SOURCE: Final = Path(skontro.__file__).parent.as_posix() + "/"
_DEPTH: Final = 5


class Trace:
    """Modules of Skontro with a call that is given or returns an order.

    Args:
        uetr: of the order.
    """

    def __init__(self, uetr: uuid.UUID) -> None:
        self.modules: set[str] = set()
        #: Threads are followed from their start on, the order alone once it is sent.
        self.is_sent = False
        self._bytes = uetr.bytes
        self._texts = (str(uetr), uetr.hex)

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        """As for `sys.setprofile`."""
        if not self.is_sent or event not in ("call", "return"):
            return
        code = frame.f_code
        if not code.co_filename.startswith(_SOURCE):
            return
        module = code.co_filename[len(_SOURCE) :]
        if (event, module, code.co_name) == ("return", "ledger/journal.py", "append"):
            self.is_sent = False  # it is durable
            return
        if module in self.modules:
            return
        if event == "return":
            given: list[object] = [argument]
        else:
            count = code.co_argcount + code.co_kwonlyargcount
            given = [frame.f_locals.get(name) for name in code.co_varnames[:count]]
        if any(self._holds(one, _DEPTH) for one in given):
            self.modules.add(module)

    def _holds(self, one: object, depth: int) -> bool:
        if isinstance(one, bytes | bytearray | memoryview):
            content = bytes(one)
            return self._bytes in content or any(text.encode() in content for text in self._texts)
        if isinstance(one, str):
            return any(text in one for text in self._texts)
        if isinstance(one, np.ndarray | np.void):
            return self._bytes in one.tobytes()
        return depth > 0 and any(self._holds(part, depth - 1) for part in _parts(one))


def _parts(one: object) -> list[Any]:
    if isinstance(one, dict):
        return [*one.keys(), *one.values()]
    if isinstance(one, list | tuple | set | frozenset):
        return [*one]
    if isinstance(one, BaseModel):
        return [*one.__dict__.values()]
    if attrs.has(type(one)):
        return [getattr(one, field.name, None) for field in attrs.fields(type(one))]
    return []


def modules_on_the_way(folder: Path) -> list[str]:
    """The modules that an order without a counterleg passes, from HTTP to the durable record."""
    uetr = uuid.uuid4()
    trace = Trace(uetr)
    write_folder(folder)
    threading.setprofile(trace)
    try:
        with live_system(folder) as system:
            assert system.bank(0).submit(order()).is_success
            trace.is_sent = True
            answer = system.bank(0).submit(order(uetr=str(uetr)))
            assert answer.status_code == 201, answer.text
    finally:
        threading.setprofile(None)
    return sorted(trace.modules)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        found = modules_on_the_way(Path(folder))
    print(*found, f"{len(found)} modules", sep="\n")  # noqa: T201
