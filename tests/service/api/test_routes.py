"""Routes at their edges: days that are over or never were, orders not in settlement, prices."""

import datetime
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from skontro.model import to_timestamp
from skontro.service.api.read_limits import ReadLimits
from skontro.service.auth.credentials import Identity
from skontro.service.client import Client
from tests.documentation.pages import ROOT
from tests.service.one_process import until
from tests.service.systems import (
    BANKS,
    DAY,
    MINUTE,
    OFFICE_HOURS,
    Clock,
    LiveSystem,
    live_system,
    order,
    write_folder,
)

SEVEN = to_timestamp(datetime.datetime(2026, 11, 24, 7, tzinfo=datetime.UTC))
ACCOUNT = f"/v1/accounts/{BANKS[0]}/KZT"


class Till(ReadLimits):
    """Lets everybody in, and notes what each read costs when it begins and when it is charged."""

    def __init__(self) -> None:
        super().__init__(per_second=1e9)
        self.paid: list[float] = []

    @asynccontextmanager
    async def turn(self, identity: Identity, units: float) -> AsyncIterator[None]:
        self.paid.append(units)
        async with super().turn(identity, units):
            yield

    def charge(self, identity: Identity, units: float) -> None:
        self.paid.append(units)
        super().charge(identity, units)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSystem]:
    """On the second of two business days; only that one is remembered."""
    folder: Path = tmp_path_factory.mktemp("system")
    write_folder(folder, OFFICE_HOURS)
    with live_system(folder, clock=Clock(SEVEN), days=1) as running:
        _before_the_first_day(running)
        running.move_to(SEVEN + 3 * 60 * MINUTE)
        running.clock.now += 1_500_000
        for amount in ("1.00", "2.00", "4.00"):
            assert running.bank(0).submit(order(amount=amount)).status_code == 201
        assert running.bank(1).submit(order(1, 0, "0.50")).status_code == 201
        running.move_to(SEVEN + 3 * 60 * MINUTE + DAY)
        running.service.context.history.limits = Till()
        yield running


def _before_the_first_day(system: LiveSystem) -> None:
    answer = system.bank(0).get(f"{ACCOUNT}/statement")
    assert (answer.status_code, answer.json()["detail"]) == (404, "there was no business day yet")
    day = system.operator().get("/v1/day").json()
    assert (day["date"], day["phase"]) == (None, "sealed")
    assert day["as_of"].startswith("2026-11-24T07:00:00")


def paid(system: LiveSystem) -> list[float]:
    till: Any = system.service.context.history.limits
    found, till.paid = till.paid, []
    return list(found)


def test_a_day_that_is_no_longer_remembered_is_read_from_the_record(system: LiveSystem) -> None:
    path, date = f"{ACCOUNT}/statement", "2026-11-24"
    paid(system)
    whole = system.bank(0).get(path, date=date).json()
    assert paid(system) == [10, 2_000, 4]
    assert (whole["participant"], whole["currency"], whole["date"]) == (BANKS[0], "KZT", date)
    assert whole["opening_balance"] == "10000.00"
    shown = [(one["debit"], one["credit"], one["balance"]) for one in whole["entries"]]
    assert shown == [
        ("1.00", None, "9999.00"),
        ("2.00", None, "9997.00"),
        ("4.00", None, "9993.00"),
        (None, "0.50", "9993.50"),
    ]
    assert {one["counterparty"] for one in whole["entries"]} == {BANKS[1]}
    assert all(one["settled_at"].startswith("2026-11-24T10:00:01") for one in whole["entries"])
    assert whole["next"] is None
    first = system.bank(0).get(path, date=date, limit=3).json()
    last = first["entries"][-1]
    assert first["next"] == f"{last['batch']}.{last['position']}"
    rest = system.bank(0).get(path, date=date, limit=3, after=first["next"]).json()
    assert first["entries"] + rest["entries"] == whole["entries"]
    assert rest["next"] is None
    paid(system)
    for date in ("2026-11-23", "2026-11-26"):
        never = system.bank(0).get(path, date=date)
        assert (never.status_code, never.json()["detail"]) == (
            404,
            f"there was no business day {date}",
        )
    assert paid(system) == [10, 2_000] * 2


def test_a_remembered_day_costs_what_is_on_the_page(system: LiveSystem) -> None:
    assert system.bank(0).submit(order(amount="3.00")).status_code == 201
    paid(system)
    page = system.bank(0).get(f"{ACCOUNT}/statement").json()
    assert paid(system) == [10, len(page["entries"])]
    assert page["entries"][-1]["debit"] == "3.00"


def test_reads_cost_what_they_are_said_to_cost(system: LiveSystem) -> None:
    sent = order(amount="3.00")
    assert system.bank(0).submit(sent).status_code == 201
    waiting = [order(2, 0, "70000.00") for _ in range(3)]
    for one in waiting:
        assert system.bank(2).submit(one).json()["status"] == "queued"
    paid(system)
    links, queue = "/v1/record/links", f"/v1/accounts/{BANKS[2]}/KZT/queue"
    prices: list[tuple[Client, str, dict[str, int], list[float]]] = [
        (system.bank(0), "/v1/accounts", {}, [10 + 2]),
        (system.operator(), "/v1/accounts", {}, [10 + 6]),
        (system.operator(), links, {"first": 0}, [100 + 100]),
        (system.operator(), links, {"first": 0, "limit": 20}, [100 + 2]),
        (system.bank(2), queue, {}, [10, 3]),
        (system.bank(2), queue, {"limit": 2}, [10, 2]),
    ]
    for client, path, query, price in prices:
        assert client.get(path, **query).status_code == 200
        assert paid(system) == price, path
    receipt = f"/v1/orders/{sent['uetr']}/receipt"
    assert system.bank(0).get(receipt).status_code == 200
    batch = system.bank(0).get(f"/v1/orders/{sent['uetr']}").json()["batch"]
    proof = system.service.context.history.proof(batch)
    assert proof is not None
    assert paid(system) == [100, proof.size / 10]
    assert system.bank(0).get(receipt).status_code == 200
    assert paid(system) == [100]
    for one in waiting:
        system.bank(2).send("POST", f"/v1/orders/{one['uetr']}/cancellation")


def test_a_batch_costs_as_many_orders_as_its_bytes_have(system: LiveSystem) -> None:
    till = Till()
    object.__setattr__(system.service.context, "batch_limits", till)
    answer = system.bank(0).submit_batch([order(amount="0.01") for _ in range(4)])
    assert till.paid == [len(answer.request.content) / 150]


def test_links_of_the_chain_are_those_that_were_asked_for(system: LiveSystem) -> None:
    head = system.operator().get("/v1/record/head").json()
    links = system.operator().get("/v1/record/links", first=0, limit=10_000).json()["links"]
    assert [one["batch"] for one in links] == [*range(head["batch"] + 1)]
    assert {name: head[name] for name in ("hash", "signature")} == {
        name: links[-1][name] for name in ("hash", "signature")
    }
    part = system.operator().get("/v1/record/links", first=2, limit=3).json()["links"]
    assert part == links[2:5]
    assert system.operator().get("/v1/record/links", first=10**6).json()["links"] == []


@pytest.mark.parametrize(
    ("path", "good", "wrong"),
    [
        ("/v1/record/links", [{"first": 2**53}, {"limit": 1}], [{"first": 2**53 + 1}]),
        ("/v1/record/links", [{"limit": 10_000}], [{"limit": 0}, {"limit": 10_001}, {"first": -1}]),
        ("/v1/orders", [{"limit": 1_000}, {"after": 2**53}], [{"limit": 1_001}, {"limit": 0}]),
        ("/v1/orders", [{"after": 0}], [{"after": -1}, {"after": 2**53 + 1}, {"status": "gone"}]),
        (f"{ACCOUNT}/statement", [{"after": "0.0"}], [{"after": "0"}, {"after": "0.0123456789"}]),
        (f"{ACCOUNT}/queue", [{"limit": 1}], [{"limit": 0}]),
    ],
)
def test_numbers_in_queries_have_limits(
    system: LiveSystem, path: str, good: list[dict[str, Any]], wrong: list[dict[str, Any]]
) -> None:
    given = {"first": 0} if "links" in path else {}
    for query, status in [(q, 200) for q in good] + [(q, 422) for q in wrong]:
        answer = system.bank(0).get(path, **given | query)
        assert answer.status_code == status, (query, answer.text)
        if status == 422:
            (error,) = answer.json()["errors"]
            assert error["in"] == "query"
            assert error["pointer"].startswith(f"/{next(iter(query))}")


def test_an_order_that_is_not_in_settlement_is_neither_moved_nor_changed(
    system: LiveSystem,
) -> None:
    bank = system.bank(0)
    tomorrow, refused = order(value_date="2026-11-26"), order(value_date="2026-11-28")
    assert bank.submit(tomorrow).json()["status"] == "warehoused"
    assert bank.submit(refused).json()["status"] == "rejected"
    for one, reason in ((tomorrow, "ORDER_NOT_QUEUED"), (refused, "ORDER_FINAL")):
        path = f"/v1/orders/{one['uetr']}"
        for field, body in (
            ("position", {"position": "end"}),
            ("payment-class", {"payment_class": "high"}),
            ("times", {"latest_at": "2026-11-25T17:00:00Z"}),
        ):
            answer = bank.send("PUT", f"{path}/{field}", body)
            assert (answer.status_code, answer.json()["reason"]) == (422, reason)
        wish = {"kind": "cancel", "uetr": one["uetr"]}
        answer = system.operator().propose(wish)
        assert (answer.status_code, answer.json()["title"]) == (409, "Not in settlement")
        assert answer.json()["detail"] == f"order {one['uetr']} has not asked for settlement"
    metrics = system.nobody().get("/metrics").text
    day = system.operator().get("/v1/day").json()
    assert day["warehoused_orders"] == 1
    assert "\nskontro_warehoused_orders 1.0\n" in metrics
    final = bank.send("POST", f"/v1/orders/{refused['uetr']}/cancellation")
    assert (final.status_code, final.json()["reason"]) == (422, "ORDER_FINAL")
    assert bank.send("POST", f"/v1/orders/{tomorrow['uetr']}/cancellation").is_success
    assert system.operator().get("/v1/day").json()["warehoused_orders"] == 0


def test_what_waits_is_counted_where_the_day_and_the_metrics_are_shown(
    system: LiveSystem,
) -> None:
    waiting, held = order(2, 0, "70000.00"), order(2, 0, earliest_at="2026-11-25T17:00:00Z")
    assert system.bank(2).submit(waiting).json()["status"] == "queued"
    assert system.bank(2).submit(held).json()["status"] == "held"
    day = system.operator().get("/v1/day").json()
    assert (day["queued_orders"], day["held_orders"]) == (1, 1)
    assert (day["date"], day["phase"]) == ("2026-11-25", "open")
    cut_offs = [one for one in day["steps"] if one["kind"] == "customer_cut_off"]
    assert [(one["currency"], one["due"]) for one in cut_offs] == [("RUB", "2026-11-25T15:00:00Z")]
    others = [one for one in day["steps"] if "cut_off" not in one["kind"]]
    assert {one["currency"] for one in others} == {None}
    head = system.operator().get("/v1/record/head").json()["batch"]
    wanted = {
        "skontro_queued_orders 1.0",
        "skontro_held_orders 1.0",
        "skontro_waiting 0.0",  # a moment after the answer
        f"skontro_head_batch {head}.0",
        "skontro_database_reachable 1.0",
        "skontro_clock_trusted 1.0",
        "skontro_clock_deviation_seconds 0.0",
        f"skontro_head_file_batch {head}.0",  # a tenth of a second after the last one
    }
    until(lambda: wanted <= {*system.nobody().get("/metrics").text.splitlines()})
    for one in (waiting, held):
        assert system.bank(2).send("POST", f"/v1/orders/{one['uetr']}/cancellation").is_success


def test_the_metrics_are_those_that_are_documented(system: LiveSystem) -> None:
    text = system.nobody().get("/metrics").text
    names = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")}
    page = (ROOT / "docs/reference/live-service.md").read_text(encoding="utf-8")
    table = page.partition("\n## Metrics\n")[2].partition("\n## ")[0]
    documented = {*re.findall(r"`(skontro_[a-z_]+)`", table)}
    assert {name for name in names if not name.endswith("_created")} == documented
    for name in ("skontro_commit_seconds", "skontro_http_seconds"):
        bounds = [line for line in text.splitlines() if line.startswith(f"{name}_bucket")]
        assert len(bounds) == 12
        assert bounds[0].startswith(f'{name}_bucket{{le="0.001"}}')


def test_an_account_shows_credit_and_cover(system: LiveSystem) -> None:
    wish = {"kind": "set_credit_line", "participant": BANKS[2], "currency": "RUB"}
    assert system.agree(wish | {"amount": "7.25"}).is_success
    account = system.bank(2).get(f"/v1/accounts/{BANKS[2]}/RUB").json()
    as_of = account.pop("as_of")
    assert account == {
        "participant": BANKS[2],
        "currency": "RUB",
        "balance": "10000.00",
        "credit_line": "7.25",
        "cover": "10007.25",
    }
    assert as_of.startswith("2026-11-25T10:00:00")
    listed = system.bank(2).get("/v1/accounts").json()["accounts"]
    assert [(one["participant"], one["currency"]) for one in listed] == [
        (BANKS[2], "KZT"),
        (BANKS[2], "RUB"),
    ]
    assert len(system.operator(2).get("/v1/accounts").json()["accounts"]) == 6
