"""Requests between two services that arrive in another order than they were sent."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from skontro.system.links.phases import Phase
from tests.cli.in_process import run_main
from tests.service.linked_services import SYSTEMS
from tests.service.peers.wired import Wire, Wired, until, wired_services

pytestmark = pytest.mark.long

_LINKS = 12
#: How long a request waits for a later one to pass it; some have none.
_PATIENCE = 0.4


class PassingWire(Wire):
    """A wire on which each second request with statements waits until a later one has arrived.

    Attributes:
        arrived: the first batch of each request with statements, in order of arrival.
    """

    def __init__(self) -> None:
        super().__init__()
        self.arrived: list[int] = []
        self._requests = 0
        self._changed = threading.Condition()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        batch = _first_batch(json.loads(request.read()))
        if batch is None:
            return super().handle_request(request)
        with self._changed:
            self._requests += 1
            if self._requests % 2:
                self._changed.wait_for(lambda: any(one > batch for one in self.arrived), _PATIENCE)
        answer = super().handle_request(request)
        with self._changed:
            self.arrived.append(batch)
            self._changed.notify_all()
        return answer

    @property
    def passed(self) -> int:
        """How often a request has passed an earlier one."""
        return sum(one > other for one, other in zip(self.arrived, self.arrived[1:], strict=False))


def _first_batch(envelope: dict[str, Any]) -> int | None:
    """The number of the first batch with statements."""
    stated = [one["header"] for one in envelope["proofs"] if one["statements"]]
    return int(stated[0][:16], 16) if stated else None


def test_links_settle_whose_statements_pass_each_other(tmp_path: Path) -> None:
    with wired_services(tmp_path) as services:
        wires = [PassingWire() for _ in SYSTEMS]
        for place, wire in enumerate(wires):
            wire.live = services.live[place]
            services.wires[place].handle_request = wire.handle_request  # type: ignore[method-assign]
        links = [services.terms() for _ in range(_LINKS)]
        for terms in links:
            for place in range(2):
                answer = services.instruct(place, terms)
                assert answer.status_code == 201, answer.text
            time.sleep(0.02)
        for terms in links:
            until(lambda terms=terms: _is_settled(services, terms))
        assert sum(wire.passed for wire in wires) > 2, [wire.arrived for wire in wires]
        for live in services.live:
            verified = live.verified()
            assert verified.difference is None, verified.difference
        services.stop()
        outcome = run_main("reconcile", *services.urls, "--json")
        assert outcome.returncode == 0, outcome.stderr
        found = json.loads(outcome.stdout)
        assert (found["agrees"], found["counts"]["settled"]) == (True, _LINKS)


def _is_settled(services: Wired, terms: Any) -> bool:
    return services.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED]
