"""Every page of the application with something on it, and a system in which each has something."""

from collections.abc import Callable
from typing import Any, Final

import attrs
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from skontro.web.app import ROUTERS, make_pages
from tests.service.linked_services import instruct_alone
from tests.service.systems import BANKS, LiveSystem, order
from tests.service.test_pvp import legs

#: A joint cycle as the API gives one.
CYCLE: Final[dict[str, Any]] = {
    "cycle": "CIS.20261124T130000Z.5b57de503345ba6e",
    "agreement": "CIS",
    "version": 1,
    "cut_off": "2026-11-24T13:00:00Z",
    "valid_until": "2026-11-24T14:00:00Z",
    "members": ["KG-RTGS", "KZ-RTGS", "UZ-RTGS"],
    "status": "not_paid",
    "reason": "CYCLE_NOT_AGREED",
    "taking_part": ["KG-RTGS", "KZ-RTGS"],
    "silent": ["UZ-RTGS"],
    "convicted": [{"member": "KG-RTGS", "row": 3}],
    "result_root": "ab" * 32,
    "link": "2c7a1f9a-93c3-4a0f-9f6c-0f0f6a3f3a11",
    "phases": [{"phase": "collecting", "batch": 7, "at": "2026-11-24T13:00:00Z"}],
    "positions": [{"currency": "KZT", "system": "KG-RTGS", "amount": "-1500.00"}],
    "gross": [
        {
            "currency": "KZT",
            "debtor": "KG-RTGS",
            "creditor": "KZ-RTGS",
            "count": 4321,
            "amount": "9000.00",
        }
    ],
    "payments": [{"currency": "KZT", "payer": "KG-RTGS", "payee": "KZ-RTGS", "amount": "1500.00"}],
    "orders": [
        {
            "uetr": "0d1f9a2c-93c3-4a0f-9f6c-0f0f6a3f3a12",
            "kind": "leg",
            "payer": BANKS[0],
            "payee": BANKS[1],
            "currency": "KZT",
            "amount": "1500.00",
            "obligation": None,
            "settled": False,
            "reason": "INSUFFICIENT_LIQUIDITY",
        }
    ],
}

#: Routes of pages without a page: files, news, and those that lead elsewhere.
NO_PAGES: Final = frozenset(
    {
        "/static/{version}/{name}",
        "/live/overview",
        "/language/{code}",
        "/orders/find",
        "/messages/{number}/{side}.xml",
        "/sign-in/oidc",
        "/sign-in/oidc/answer",
    }
)


@attrs.define
class Busy:
    """Things of a system that has one of each, by the names that the paths of pages have."""

    system: LiveSystem
    waiting: str
    run: int
    link: str
    message: int
    open: int
    decided: int


#: Path of each page by its route; several where a page has several forms.
PAGES: Final[dict[str, Callable[[Busy], list[str]]]] = {
    "/": lambda _: ["/"],
    "/sign-in": lambda _: ["/sign-in"],
    "/orders": lambda _: ["/orders", "/orders?status=queued"],
    "/orders/held": lambda _: ["/orders/held"],
    "/orders/pairs": lambda _: ["/orders/pairs"],
    "/orders/{uetr}": lambda busy: [f"/orders/{busy.waiting}"],
    "/messages": lambda _: ["/messages"],
    "/messages/{number}": lambda busy: [f"/messages/{busy.message}"],
    "/cycles": lambda _: ["/cycles"],
    "/cycles/{cycle}": lambda _: [f"/cycles/{CYCLE['cycle']}"],
    "/cases": lambda _: ["/cases"],
    "/cases/new": lambda _: ["/cases/new"],
    "/cases/{number}": lambda _: ["/cases/0"],
    "/participants": lambda _: ["/participants"],
    "/accounts": lambda _: ["/accounts"],
    "/accounts/{bic}/{currency}": lambda _: [f"/accounts/{BANKS[0]}/KZT"],
    "/links": lambda _: ["/links?which=all"],
    "/links/{link}": lambda busy: [f"/links/{busy.link}"],
    "/offsetting": lambda _: ["/offsetting"],
    "/offsetting/{number}": lambda busy: [f"/offsetting/{busy.run}"],
    "/proposals": lambda _: ["/proposals"],
    "/proposals/{number}": lambda busy: [f"/proposals/{busy.open}", f"/proposals/{busy.decided}"],
    "/proposals/new/{kind}": lambda _: [
        "/proposals/new/extend",
        "/proposals/new/end_link_in_doubt",
    ],
    "/what-if": lambda _: ["/what-if?kind=set_bilateral_limit"],
    "/forecast": lambda _: ["/forecast"],
}


def routes() -> list[str]:
    """Routes that a browser may open."""
    found = [*make_pages(FastAPI()).routes, *(one for router in ROUTERS for one in router.routes)]
    return sorted(one.path for one in found if isinstance(one, APIRoute) and "GET" in one.methods)


def make_busy(system: LiveSystem) -> Busy:
    """Give a system of `write_linked_folder` something for each of its pages."""
    from tests.service.api.test_messages_over_http import cancellation, message, row

    instruct_alone(system)
    paid = order(0, 1, "10.00")
    assert system.bank(0).submit(paid).json()["status"] == "settled"
    case = {"reference": "R-1", "type": "recall", "uetr": paid["uetr"]}
    claimed = case | {"terms": {"principal": "10.00"}, "text": "Paid twice"}
    assert system.bank(0).send("POST", "/v1/cases", claimed).is_success
    for payer, payee in ((0, 1), (1, 0)):
        queued = system.bank(payer).submit(order(payer, payee, "10500.00"))
        assert queued.json()["status"] in ("queued", "settled")
    for leg, bank in zip(legs(), (0, 1), strict=True):
        assert system.bank(bank).submit(leg).is_success
    written: dict[str, Any] = row(amount_minor=9_000_000)
    assert system.bank(0).submit_message(message(written, "pacs.008.001.08")).status_code == 201
    assert system.bank(1).submit_message(cancellation(written["uetr"])).status_code == 200
    for payer, payee in ((0, 1), (1, 0)):
        one = order(payer, payee, "60000.00", "RUB")
        assert system.bank(payer).submit(one).is_success
    assert system.agree({"kind": "offset", "algorithm": "greatest_fifo_set"}).is_success
    decided = system.operator().propose({"kind": "suspend", "participant": BANKS[2]}).json()
    assert system.operator(1).reject(decided["proposal"]).is_success
    asked = system.operator().propose({"kind": "suspend", "participant": BANKS[1]}).json()
    index = system.service.context.mapper.order_index
    return Busy(
        system=system,
        waiting=str(written["uetr"]),
        run=int(index.offsetting_runs.before(None, 1)[0]["number"]),
        link=system.service.sequencer.view.links_under_way[0].terms.link,
        message=1,
        open=asked["proposal"],
        decided=decided["proposal"],
    )


def show_the_cycle(patched: pytest.MonkeyPatch) -> None:
    """Let the pages show `CYCLE`; a real one takes several systems."""

    async def listed(*_given: object) -> dict[str, Any]:
        return {"cycles": [CYCLE], "next": None}

    async def shown(*_given: object) -> dict[str, Any]:
        return CYCLE

    patched.setattr("skontro.web.cycles.api.list_cycles", listed)
    patched.setattr("skontro.web.cycles.api.show_cycle", shown)
