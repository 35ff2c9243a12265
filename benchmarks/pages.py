"""Pages of lists on days of growing length: time in the server, from the request to the HTML."""

import logging
import tempfile
import threading
import time
import uuid
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import structlog
from fastapi.testclient import TestClient

from benchmarks.live_system import BANKS, TOKENS, bic, draw_orders, write_folder
from benchmarks.measuring import Findings, stopwatch
from skontro.engine import CommandKind, Commands
from skontro.ledger import connect, database_url
from skontro.ledger.kept_messages import Exchange, keep_messages
from skontro.service.api.app import make_app
from skontro.service.api.read_limits import ReadLimits
from skontro.service.sequencer.requests import NO_KEY, Caller, Orders
from skontro.service.settings import Settings
from skontro.service.startup import Service, start
from skontro.web.app import make_pages

_REQUEST_ROWS: Final = 10_000
_TIMES: Final = 11
#: So little, in minor units, that some orders have to wait.
_BALANCE: Final = 2 * 10**6
#: One order in so many is a leg of a pair; one message comes for so many orders.
_LEGS_EVERY: Final = 20
_MESSAGES_EVERY: Final = 10
#: Proposals that were decided, on each day.
_DECIDED: Final = 100


def pages_by_length_of_day(sizes: Sequence[int]) -> Findings:
    """Medians of the server's time for each page of a list, with so many orders on the day.

    Args:
        sizes: of the day, growing.
    """
    found: dict[str, list[float]] = {}
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        write_folder(folder, balance=_BALANCE)
        url = database_url(str(folder / "record"))
        service = start(Settings(folder, database=url, requests_per_second=1e9))
        while service.sequencer.view.phase.name != "OPEN":
            time.sleep(0.05)
        service.context.history.limits = ReadLimits(per_second=1e12)
        app = make_app(make_pages=make_pages)
        app.state.context = service.context
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the client of tests, about its future
            client = TestClient(app, base_url="http://localhost", follow_redirects=False)
        sent = 0
        with client:
            for size in sizes:
                _fill(service, url, sent, size)
                _decide(client)
                sent = size
                for page, seconds in _times(service, client).items():
                    found.setdefault(page, []).append(1000 * seconds)
        service.stop()
    return Findings(
        name="pages",
        title=f"milliseconds a page, orders of the day between {BANKS:,} accounts",
        columns=("page", *(f"{size:,}" for size in sizes)),
        rows=[(page, *(round(one, 1) for one in times)) for page, times in found.items()],
        notes=(
            f"medians of {_TIMES}, in the server, without a socket; one order in {_LEGS_EVERY} is "
            f"a leg, {_MESSAGES_EVERY} orders a message, {_DECIDED} proposals for each length",
        ),
    )


def _fill(service: Service, url: str, sent: int, size: int) -> None:
    """Submit orders, legs among them, and keep messages."""
    for first in range(sent, size, _REQUEST_ROWS):
        rows = min(_REQUEST_ROWS, size - first)
        orders = _with_uetrs(draw_orders(rows, first + 1))
        legs = rows // _LEGS_EVERY // 2 * 2
        _submit(service, orders.take(np.arange(legs, rows)))
        _submit(service, _pairs(orders.take(np.arange(legs))))
    number = (size - sent) // _MESSAGES_EVERY
    with connect(url) as connection:
        for first in range(0, number, _REQUEST_ROWS):
            keep_messages(
                connection,
                (_exchange(sent + one) for one in range(first, min(number, first + _REQUEST_ROWS))),
            )


def _with_uetrs(orders: Commands) -> Commands:
    """Orders whose UETRs have the form of RFC 9562, version 4, as addresses of pages take them."""
    octets = np.frombuffer(orders.uetr.tobytes(), np.uint8).reshape(-1, 16).copy()
    octets[:, 6] = octets[:, 6] & 0x0F | 0x40
    octets[:, 8] = octets[:, 8] & 0x3F | 0x80
    return orders.evolve(uetr=np.frombuffer(octets.tobytes(), "V16"))


def _pairs(orders: Commands) -> Commands:
    """Orders in twos, each the counterleg of the other."""
    other = np.arange(len(orders)) ^ 1
    return orders.evolve(
        kind=int(CommandKind.SUBMIT_LEG),
        counterleg=orders.uetr[other],
        counterleg_payer=orders.payer[other],
        counterleg_payee=orders.payee[other],
        counterleg_amount=orders.amount[other],
    )


def _exchange(number: int) -> Exchange:
    return Exchange(
        time=number,
        participant=number % BANKS,
        key=number.to_bytes(32, "big"),
        name="pacs.008.001.08",
        message_id=f"M{number}",
        answer_name="pacs.002.001.10",
        status=201,
        uetrs=(),
        content=b"<Document/>" * 100,
        answer=b"<Document/>" * 50,
    )


def _submit(service: Service, orders: Commands) -> None:
    done = threading.Event()
    wrong: list[object] = []

    def note(result: object) -> None:
        wrong.extend([result] if isinstance(result, Exception) else [])
        done.set()

    service.sequencer.submit(Orders(Caller(0, bytes(32), NO_KEY, bytes(32)), orders, note))
    done.wait()
    if wrong:
        raise RuntimeError(f"orders were not taken: {wrong[0]}")


def _decide(client: Any) -> None:  # noqa: ANN401  the client of tests
    """Let one operator propose, and the other reject; and run offsetting."""
    wishes: list[dict[str, str]] = [{"kind": "suspend", "participant": bic(1)}] * _DECIDED
    for wish in [*wishes, {"kind": "offset", "algorithm": "greatest_fifo_set"}]:
        asked = client.post("/v1/proposals", json=wish, headers=_headers(0))
        path = f"/v1/proposals/{asked.json()['proposal']}"
        if wish["kind"] == "suspend":
            decided = client.post(f"{path}/rejection", headers=_headers(1))
        else:
            shown = client.get(path, headers=_headers(1)).json()
            body = {"hash": shown["hash"]}
            decided = client.post(f"{path}/approval", json=body, headers=_headers(1))
        decided.raise_for_status()


def _headers(person: int) -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKENS[person]}", "Idempotency-Key": str(uuid.uuid4())}


def _times(service: Service, client: Any) -> dict[str, float]:  # noqa: ANN401  the client of tests
    """Seconds of each page, for the operator and for a participant."""
    index = service.context.mapper.order_index
    page, after = index.page(None, ["queued"], 0, 1), 0
    while page.following is not None and not len(page.orders):
        after, page = page.following, index.page(None, ["queued"], page.following, 1)
    middle = (index.base + index.count) // 2
    both = {
        "orders, in the middle": f"/orders?after={middle}",
        "orders, one status": f"/orders?status=queued&after={after}",
        "orders, a status without orders": "/orders?status=warehoused",
        "orders held": "/orders/held",
        "PvP pairs": "/orders/pairs",
        "messages": "/messages",
        "participants": "/participants",
        "accounts": "/accounts",
        "account with queue and statement": f"/accounts/{bic(0)}/KZT",
        "links": "/links?which=all",
        "proposals": "/proposals",
        "overview": "/",
    }
    operators = {"offsetting runs": "/offsetting"}
    for run in index.offsetting_runs.before(None, 1):
        operators["orders of a run"] = f"/offsetting/{run['number']}"
    for one in page.orders:
        uetr = uuid.UUID(bytes=one["uetr"].tobytes())
        operators["one order that waits"] = f"/orders/{uetr}"
    found: dict[str, float] = {}
    client.cookies.clear()
    client.post("/sign-in", data={"token": TOKENS[0]})
    for title, path in (both | operators).items():
        found[title] = _median(client, path)
    client.cookies.clear()
    credential = service.context.authenticator.credential_of(bic(0), f"Person of {bic(0)}")
    code = service.context.sign_in_codes.give(credential or "")
    client.post("/sign-in", data={"code": code})
    for title, path in both.items():
        found[f"{title} (participant)"] = _median(client, path)
    return found


def _median(client: Any, path: str) -> float:  # noqa: ANN401  the client of tests
    seconds = []
    for _ in range(_TIMES):
        begin = stopwatch()
        answer = client.get(path)
        seconds.append(stopwatch() - begin)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
    return float(np.median(seconds))
