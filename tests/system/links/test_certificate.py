"""Two officers of the decider end a link in doubt, and nobody else does."""

import copy
import json
from typing import Any

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.model import InputError, ReasonCode
from skontro.system.links.certificate import Certificate, OfficerSignature
from skontro.system.links.contract import ContractSide, LinkedCurrency, Officer

LINK = "8f0a2c64-2f5e-4b1a-9a53-0d3c8c2f6b01"
KEYS = [Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in range(1, 5)]
PUBLIC = [key.public_key().public_bytes_raw().hex() for key in KEYS]
OFFICERS = [Officer(f"Officer {at}", public) for at, public in enumerate(PUBLIC[:3])]
SIDE = ContractSide(
    "KZ-RTGS", "Central Bank", "00" * 32, OFFICERS, [LinkedCurrency("KZT", "NBKZKZKX", 1)]
)
VALID, INVALID = ReasonCode.NONE, ReasonCode.LINK_CERTIFICATE_INVALID


def certificate(*signers: int, **fields: Any) -> Certificate:
    made = Certificate(
        **{
            "link": LINK,
            "terms": "ab" * 32,
            "decider": "KZ-RTGS",
            "remark": "The data centre burnt down",
            **fields,
        }
    )
    for signer in signers:
        made = made.signed(KEYS[signer])
    return made


def test_two_officers_are_enough_and_one_is_not() -> None:
    assert certificate().refusal(SIDE) == INVALID
    assert certificate(0).refusal(SIDE) == INVALID
    assert certificate(0, 1).refusal(SIDE) == VALID
    assert certificate(2, 0, 1).refusal(SIDE) == VALID
    assert certificate(1, 0) == certificate(0, 1)


def test_every_signature_is_of_an_officer_of_the_decider() -> None:
    assert certificate(0, 3).refusal(SIDE) == INVALID
    assert certificate(0, 1, 3).refusal(SIDE) == INVALID
    assert certificate(0, 1, decider="UZ-RTGS").refusal(SIDE) == INVALID
    assert certificate(0, 1).refusal(attrs.evolve(SIDE, system="UZ-RTGS")) == INVALID


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("link", "9f0a2c64-2f5e-4b1a-9a53-0d3c8c2f6b01"),
        ("terms", "cd" * 32),
        ("remark", "The data centre is gone"),
    ],
)
def test_every_field_is_signed(field: str, value: str) -> None:
    changed: dict[str, Any] = {field: value}
    assert attrs.evolve(certificate(0, 1), **changed).refusal(SIDE) == INVALID
    assert certificate(0, 1, **changed).refusal(SIDE) == VALID


def test_a_certificate_survives_its_document() -> None:
    made = certificate(0, 1)
    again = Certificate.from_document(json.loads(json.dumps(made.to_document())))
    assert again == made
    assert again.refusal(SIDE) == VALID


def test_no_officer_signs_twice() -> None:
    with pytest.raises(InputError, match="two of one officer"):
        certificate(0, 0)
    strangers = [OfficerSignature(f"{number:064x}", "00" * 64) for number in range(17)]
    assert len(certificate(signatures=strangers[:16]).signatures) == 16
    with pytest.raises(InputError, match="more than 16"):
        certificate(signatures=strangers)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("link",), "text", "link: must be"),
        (("terms",), "AB" * 32, "terms: must be"),
        (("decider",), "kz", "identifier of a system"),
        (("decider",), 7, "decider: must be text"),
        (("remark",), "", "remark: "),
        (("remark",), "a\nb", "remark: "),
        (("format",), "another", "format: must be"),
        (("signatures",), {}, "signatures: must be a list"),
        (("signatures", 0), "text", "must be an object"),
        (("signatures", 0, "signature"), "0" * 127, "signature: must be 128"),
        (("signatures", 0, "signature"), "F" * 128, "signature: must be 128"),
        (("signatures", 0, "public_key"), "0", "public_key: must be"),
        (("signatures", 0, "extra"), "0", "is no field of it"),
        (("extra",), "0", "is no field of it"),
    ],
)
def test_malformed_certificates_are_refused(
    place: tuple[Any, ...], value: object, message: str
) -> None:
    document = copy.deepcopy(certificate(0, 1).to_document())
    inner: Any = document
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    with pytest.raises(InputError, match=message):
        Certificate.from_document(document)


def test_a_key_that_is_no_point_of_the_curve_signs_nothing() -> None:
    key = "02" + "00" * 31
    wrong = OfficerSignature(key, "00" * 64)
    side = attrs.evolve(SIDE, officers=[*OFFICERS, Officer("Officer 9", key)])
    made = attrs.evolve(certificate(0, 1), signatures=(*certificate(0, 1).signatures, wrong))
    assert made.refusal(side) == INVALID
