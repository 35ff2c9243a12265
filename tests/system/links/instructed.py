"""Terms and statements of links, for tests."""

from typing import Any

import attrs

from skontro.model import ReasonCode
from skontro.system.links.statements import Statement, Step
from skontro.system.links.terms import LinkLeg, LinkTerms

LINK = "6b0e2d52-6b6e-4c53-9a0b-000000000001"
VALID_UNTIL = 1_800_000_000_000_000
D, F, G = "KZ-RTGS", "UZ-RTGS", "KG-RTGS"
CONTRACT = "c0" * 32
_CURRENCIES = {D: "KZT", F: "UZS", G: "KGS"}


def uetr(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


def leg(of: str, number: int = 1, contract: str = CONTRACT, **changed: Any) -> LinkLeg:
    of_system = LinkLeg(
        of,
        uetr(number),
        "ALFAKZ22",
        "BETAUZ22",
        _CURRENCIES.get(of, "RUB"),
        100_000_00,
        "" if of == D else contract,
    )
    return attrs.evolve(of_system, **changed)


def terms(*systems: str, **changed: Any) -> LinkTerms:
    """Of a link with these followers; by default one."""
    legs = tuple(leg(system, place) for place, system in enumerate((D, *(systems or (F,)))))
    fields = {"link": LINK, "decider": D, "legs": legs, "valid_until": VALID_UNTIL} | changed
    return LinkTerms(**fields)


def statement(step: Step, **changed: Any) -> Statement:
    """Well formed; of the decider where the step is the decider's."""
    of_decider = step in (Step.EARMARK, Step.COMMITTED, Step.NOT_COMMITTED)
    sender, addressee = (D, F) if of_decider else (F, D)
    fields: dict[str, Any] = {
        "link": LINK,
        "step": step,
        "sender": sender,
        "addressee": addressee,
        "terms": terms().digest,
        "batch": 17,
        "time": 1_000,
    }
    if step in (Step.EARMARK, Step.PREPARED, Step.COMMITTED):
        fields["decide_by"] = 2_000
    if step in (Step.NOT_READY, Step.REFUSED, Step.NOT_COMMITTED):
        fields["reason"] = ReasonCode.LINK_LEG_ENDED
    return Statement(**{**fields, **changed})
