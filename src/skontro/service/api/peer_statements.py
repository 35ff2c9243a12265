"""The route by which other systems state how far links have come.

The caller has no key or token here: the proofs, signed by the key in the contract, identify it.
Until they are checked, only the address of the caller is known.
"""

import hashlib
from typing import Any, Final

import anyio.to_thread
import attrs
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from skontro.files.json_reading import NotJsonError, read_json
from skontro.ledger.entry import NOBODY
from skontro.ledger.link_evidence import PeerStatements, check_peer_statements
from skontro.ledger.link_proof import MAX_STATEMENTS, NotProved
from skontro.model import InputError
from skontro.service.api.link_schemas import EnvelopeIn, PeerAnswerOut
from skontro.service.api.openapi import problems, takes_from_peers
from skontro.service.api.problems import Problem
from skontro.service.api.service_context import BODY, Context, context_of, links_shut
from skontro.service.peers.envelope import Envelope, PeerAnswer
from skontro.service.peers.from_record import check_signature
from skontro.service.peers.opening import Standing
from skontro.service.sequencer.link_batches import LinkOutcome
from skontro.service.sequencer.requests import NO_KEY, Caller, LinkRequest
from skontro.system.links.contracts import LinkContracts
from skontro.system.links.link_batch import LinkInputs
from skontro.system.links.peer_records import EarlierClaim

router = APIRouter(prefix="/v1/links", tags=["links"])

#: An envelope of more bytes than this is read in a thread.
_LONG: Final = 65_536


@router.post(
    "/statements",
    operation_id="take_link_statements",
    response_model=PeerAnswerOut,
    responses=problems(400, 401, 408, 413, 415, 422, 429, 431, 500, 503, by_callers=False),
    openapi_extra=takes_from_peers(EnvelopeIn),
)
async def take_statements(request: Request) -> JSONResponse:
    """Take statements of another system; answered when they are durable, with those refused.

    The signature and the proofs identify the sender. The same envelope again gets the same outcome.
    """
    context = await context_of(request)
    intake = context.peer_intake
    intake.limits.spend(f"address {(request.scope.get('client') or ('unknown',))[0]}")
    body: bytes = request.scope[BODY]
    contracts = context.sequencer.view.link_contracts
    if len(body) > _LONG:
        envelope, checked = await anyio.to_thread.run_sync(read_envelope, body, contracts)
    else:
        envelope, checked = read_envelope(body, contracts)
    intake.limits.spend(f"peer {envelope.sender}")
    _take_note(context, envelope, checked)
    outcome = await _recorded(context, envelope, checked)
    peers = context.peers
    answer = PeerAnswer(
        None if outcome is None else outcome.batch,
        () if outcome is None else outcome.refused,
        peers.own_head(),
        envelope.nonce,
        peers.held(envelope.sender),
    )
    signed = attrs.evolve(answer, signature=peers.signed(answer.content))
    return JSONResponse(signed.to_document())


def _take_note(context: Context, envelope: Envelope, checked: list[PeerStatements]) -> None:
    """Take what an envelope tells of both records.

    Raises:
        Problem: it is of an earlier claim, or its head is not of this record (422); or it has
            statements, and its sender has not confirmed this record since the start (503).
    """
    peers, sender = context.peers, envelope.sender
    try:
        if envelope.claim < peers.claim(sender):
            raise EarlierClaim(f"claim: {sender} has claimed its record again since")
        peers.told(envelope, checked)
    except InputError as error:
        raise Problem(422, "Cannot be taken", str(error)) from None
    stated = any(one.statements for one in checked)
    if stated and peers.standing(sender) in (Standing.ASKED, Standing.BEHIND):
        raise links_shut(peers.why_shut() or f"{sender} has not confirmed this record yet")


def read_envelope(body: bytes, contracts: LinkContracts) -> tuple[Envelope, list[PeerStatements]]:
    """An envelope whose proofs are its sender's, with their statements.

    Args:
        body: of the request.
        contracts: in force.

    Raises:
        Problem: it is not JSON (400), its proofs do not identify the sender (401), or it is
            malformed or for another system (422).
    """
    try:
        envelope = Envelope.from_document(read_json(body))
        checked = [
            check_peer_statements(one, contracts, envelope.sender) for one in envelope.proofs
        ]
        check_signature(contracts, envelope.sender, envelope.content, envelope.signature)
    except NotJsonError as error:
        raise Problem(400, "Not JSON", str(error)) from None
    except NotProved as error:
        challenge = {"WWW-Authenticate": "Bearer"}
        raise Problem(401, "Not recognised", str(error), headers=challenge) from None
    except InputError as error:
        raise Problem(422, "Cannot be taken", str(error)) from None
    if envelope.addressee != contracts.own_system:
        detail = f"the envelope is for {envelope.addressee}, and this is {contracts.own_system}"
        raise Problem(422, "Cannot be taken", detail)
    if sum(len(one.statements) for one in checked) > MAX_STATEMENTS:
        raise Problem(422, "Cannot be taken", f"more than {MAX_STATEMENTS} statements")
    return envelope, checked


async def _recorded(
    context: Context, envelope: Envelope, checked: list[PeerStatements]
) -> LinkOutcome | None:
    """The durable outcome of an envelope's statements; None if it has none."""
    stated = tuple(one for one in checked if one.statements)
    if not stated and envelope.claim <= context.peers.claim(envelope.sender):
        return None
    proofs = tuple(one.heard for one in stated)
    key = _content_of(envelope, [one.document for one in proofs])
    outcome = context.peer_intake.answers.find(key)
    if outcome is None:
        person = hashlib.sha256(f"peer\0{envelope.sender}".encode()).digest()
        caller = Caller(NOBODY, person, NO_KEY, key)
        claim = (envelope.sender, envelope.claim)
        inputs = LinkInputs(proofs=proofs, claims=(claim,))
        outcome = await context.do(lambda done: LinkRequest(caller, inputs, done, stated))
        context.peers.claimed(*claim)
        context.peer_intake.answers.keep(key, outcome)
    return outcome


def _content_of(envelope: Envelope, stated: list[dict[str, Any]]) -> bytes:
    """SHA-256 over the claim, the signatures and the places of the statements."""
    parts = [
        (one["signature"], [statement["index"] for statement in one["statements"]])
        for one in stated
    ]
    return hashlib.sha256(repr((envelope.sender, envelope.claim, parts)).encode()).digest()
