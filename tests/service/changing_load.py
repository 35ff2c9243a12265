"""Participants that are admitted and change their keys while processes are killed."""

import string
import threading
import time
import uuid
from typing import Any

import attrs
import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.ledger.keys import public_text
from skontro.service.client import Client, Signature
from tests.service.processes import ServiceProcess
from tests.service.systems import BANKS, TOKENS


@attrs.define
class Newcomer:
    """A participant that was admitted, and its key; those that it had before."""

    bic: str
    key: Ed25519PrivateKey = attrs.field(factory=Ed25519PrivateKey.generate)
    former: list[Ed25519PrivateKey] = attrs.field(factory=list)

    @property
    def key_id(self) -> str:
        return f"{self.bic}-1"


@attrs.define
class ChangingLoad:
    """One thread that acts for two operators and for whom they admit, one step after the other.

    Attributes:
        newcomers: whose admission and key were acknowledged.
        orders: UETRs and answers of orders that they submitted.
    """

    service: ServiceProcess
    newcomers: list[Newcomer] = attrs.field(factory=list)
    orders: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    failures: list[str] = attrs.field(factory=list)
    stopping: threading.Event = attrs.field(factory=threading.Event)
    thread: threading.Thread | None = None

    def start(self) -> None:
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.stopping.set()
        if self.thread is not None:
            self.thread.join()

    def check(self) -> None:
        """Nothing that was acknowledged is lost: not who takes part, nor with which key."""
        assert self.failures == []
        listed = self._operator(0).get("/v1/participants").json()["participants"]
        active = {one["bic"] for one in listed if one["status"] == "active"}
        assert [one.bic for one in self.newcomers if one.bic not in active] == []
        for one in self.newcomers:
            assert self._client(one, one.key).get("/v1/accounts").status_code == 200
            for key in one.former:
                assert self._client(one, key).get("/v1/accounts").status_code == 401
        for uetr, answer in self.orders.items():
            found = self._operator(0).get(f"/v1/orders/{uetr}")
            assert found.status_code == 200, uetr
            assert found.json()["batch"] == answer["batch"]

    def _run(self) -> None:
        number = 0
        while not self.stopping.is_set():
            letters = string.ascii_uppercase
            one = Newcomer(f"X{letters[number // 26 % 26]}{letters[number % 26]}XTJ22")
            number += 1
            try:
                self._admit(one)
            except _Stopped:
                return
            except AssertionError as error:
                self.failures.append(str(error))
                return

    def _admit(self, one: Newcomer) -> None:
        self._agree(
            kind="admit",
            participant=one.bic,
            name=f"Bank {one.bic}",
            country="TJK",
            currencies=["KZT"],
        )
        fields = {"participant": one.bic, "key_id": one.key_id}
        public = public_text(one.key)
        self._agree(kind="add_key", person="Newcomer", public_key=public, **fields)
        self.newcomers.append(one)
        money = {"participant": one.bic, "currency": "KZT", "amount": "100.00"}
        self._agree(kind="transfer_in", **money)
        self._submit(one)
        other = Ed25519PrivateKey.generate()
        # From the moment at which it is asked for until it is acknowledged, either may be in force.
        self.newcomers.remove(one)
        self._agree(kind="replace_key", public_key=public_text(other), **fields)
        one.former.append(one.key)
        one.key = other
        self.newcomers.append(one)
        self._submit(one)

    def _submit(self, one: Newcomer) -> None:
        order = {
            "uetr": str(uuid.uuid4()),
            "payer": one.bic,
            "payee": BANKS[0],
            "currency": "KZT",
            "amount": "0.10",
        }
        answer = self._until_answered(self._client(one, one.key), "POST", "/v1/orders", order)
        self.orders[order["uetr"]] = answer

    def _agree(self, **wish: object) -> None:
        asked = self._until_answered(self._operator(0), "POST", "/v1/proposals", wish)
        path = f"/v1/proposals/{asked['proposal']}"
        shown = self._until_answered(self._operator(1), "GET", path)
        approval = {"hash": shown["hash"]}
        self._until_answered(self._operator(1), "POST", f"{path}/approval", approval)

    def _until_answered(
        self, client: Client, method: str, path: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        key = str(uuid.uuid4())
        while not self.stopping.is_set():
            try:
                if method == "GET":
                    answer = client.get(path)
                else:
                    answer = client.send(method, path, body, key)
            except httpx.HTTPError:
                time.sleep(0.02)
                continue
            if answer.is_success:
                client.close()
                found: dict[str, Any] = answer.json()
                return found
            assert answer.status_code in (429, 503), f"{method} {path}: {answer.text}"
            time.sleep(0.02)
        raise _Stopped

    def _operator(self, number: int) -> Client:
        return Client(self.service.url, token=TOKENS[number], timeout=10)

    def _client(self, one: Newcomer, key: Ed25519PrivateKey) -> Client:
        return Client(self.service.url, Signature(one.key_id, key), timeout=30)


class _Stopped(Exception):  # noqa: N818  the fact is the name
    """The test is over."""
