"""Contracts between two small systems."""

from typing import Any

from skontro.system.links.contract import ContractSide, LinkContract, LinkedCurrency, Officer

OWN, PEER = "KZ-RTGS", "KG-RTGS"


def side(
    system: str, number: int, currency: str, account: str, cap: int = 10**9, vostro: str = ""
) -> ContractSide:
    """A side with keys made of a number; of a real system its own key comes in."""
    people = [Officer(name, f"{number + at:064x}") for at, name in enumerate(("Ada", "Ben"), 1)]
    name = f"Central Bank {system}"
    linked = LinkedCurrency(currency, account, cap, vostro)
    return ContractSide(system, name, f"{number:064x}", people, [linked])


def contract(account: str, version: int = 1, currency: str = "KZT", **fields: Any) -> LinkContract:
    """A contract whose own side has its earmark account with this holder."""
    own = side(OWN, 100, currency, account, vostro=fields.pop("vostro", ""))
    return LinkContract(version, [own, side(PEER, 200, "KGS", "NBKGKG22")], **fields)
