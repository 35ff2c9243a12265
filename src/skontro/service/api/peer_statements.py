"""The route by which other systems state how far links have come.

The caller has no key or token here: the proofs, signed by the key in the contract, identify it.
Until they are checked, only the address of the caller is known.
"""

import hashlib
from typing import Any, Final

import anyio.to_thread
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
from skontro.service.api.service_context import BODY, Context, context_of
from skontro.service.peers.envelope import Envelope, PeerAnswer
from skontro.service.sequencer.link_batches import LinkOutcome
from skontro.service.sequencer.requests import NO_KEY, Caller, LinkRequest
from skontro.system.links.contracts import LinkContracts
from skontro.system.links.link_batch import LinkInputs

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

    The proofs identify the sender. The same envelope again gets the same outcome.
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
    for one in checked:
        context.peers.proved(envelope.sender, one.proof)
    context.peers.heard(envelope.sender)
    outcome = await _recorded(context, envelope, checked)
    answer = PeerAnswer(
        None if outcome is None else outcome.batch,
        () if outcome is None else outcome.refused,
        context.peers.own_head(),
        context.peers.held(envelope.sender),
    )
    return JSONResponse(answer.to_document())


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
    if not stated:
        return None
    proofs = tuple(one.heard for one in stated)
    key = _content_of(envelope.sender, [one.document for one in proofs])
    outcome = context.peer_intake.answers.find(key)
    if outcome is None:
        person = hashlib.sha256(f"peer\0{envelope.sender}".encode()).digest()
        caller = Caller(NOBODY, person, NO_KEY, key)
        outcome = await context.do(
            lambda done: LinkRequest(caller, LinkInputs(proofs=proofs), done, stated)
        )
        context.peer_intake.answers.keep(key, outcome)
    return outcome


def _content_of(sender: str, stated: list[dict[str, Any]]) -> bytes:
    """SHA-256 over the signatures and places of the statements, which determine all else."""
    parts = [
        (one["signature"], [statement["index"] for statement in one["statements"]])
        for one in stated
    ]
    return hashlib.sha256(repr((sender, parts)).encode()).digest()
