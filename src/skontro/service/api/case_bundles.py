"""Route of the evidence bundle of a case."""

from typing import Any, Final

import anyio.to_thread
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response

from skontro.ledger.bundles.case_part import content_of
from skontro.ledger.bundles.lines import unpack
from skontro.ledger.bundles.making import StoredRecord, make_bundle
from skontro.ledger.bundles.strangers import batches_about_strangers
from skontro.ledger.keys import public_text
from skontro.ledger.postgres.connection import Connection
from skontro.model import InputError, ParticipantDirectory
from skontro.service.api.cases import CaseNumber, visible_case
from skontro.service.api.openapi import problems
from skontro.service.api.problems import Problem
from skontro.service.api.read_limits import DATABASE_UNITS, ReadLimits
from skontro.service.api.service_context import Anyone, Context, TheContext
from skontro.service.auth.credentials import Identity
from skontro.system.cases.case import Case

router = APIRouter(prefix="/v1/cases", tags=["cases"])

#: Bytes of a bundle that cost one unit.
_BYTES_PER_UNIT: Final = 10_000
#: Times that a bundle is made, because the case had another act meanwhile.
_TRIES: Final = 3
#: Most batches that a refusal names.
_NAMED: Final = 5


class CaseBundles:
    """Makes bundles, one at a time, and signs them with the key of the record.

        bundles = CaseBundles("EX-RTGS", key)
        content = history.read(lambda connection: bundles.make(connection, directory, case))

    Args:
        system: its name.
        key: with which the system signs its record.

    Attributes:
        limits: within which bundles are made: a few a side, a small one every half second.
    """

    def __init__(self, system: str, key: Ed25519PrivateKey) -> None:
        self._system, self._key = system, key
        self.limits = ReadLimits("bundles", at_once=1, most_reads=2, per_second=200)

    def make(self, connection: Connection, directory: ParticipantDirectory, case: Case) -> bytes:
        """The bundle of a case, as `skontro case bundle` writes it.

        Raises:
            InputError: it becomes too large.
        """
        content = content_of(self._system, case)
        return make_bundle(StoredRecord(connection), directory, content, self._key)

    def strangers(self, bundle: bytes) -> list[int]:
        """Numbers of the batches in a bundle that tell about strangers to the case."""
        return batches_about_strangers(unpack(bundle, public_text(self._key)).items)


@router.get(
    "/{number}/bundle",
    operation_id="get_case_bundle",
    response_class=PlainTextResponse,
    responses=problems(403, 404, 409, 422),
)
async def show_bundle(number: CaseNumber, identity: Anyone, context: TheContext) -> Response:
    """Give the evidence bundle of a case: a signed file that is checked offline.

    The operator always gets it. A side of the case gets it if the batches in it are about no other
    bank's payments or cases.
    """
    limits = context.bundles.limits
    await visible_case(context, identity, number)
    async with limits.turn(identity, DATABASE_UNITS):
        for _ in range(_TRIES):
            case = await visible_case(context, identity, number)
            made = await anyio.to_thread.run_sync(_made, context, identity, case)
            limits.charge(identity, len(made) // _BYTES_PER_UNIT)
            if await visible_case(context, identity, number) == case:
                headers = {"Content-Disposition": f'attachment; filename="case-{number}.bundle"'}
                return PlainTextResponse(made, headers=headers)
    raise Problem(503, "Not now", "the case changes; try again", headers={"Retry-After": "1"})


def _made(context: Context, identity: Identity, case: Case) -> bytes:
    """The bundle of a case, for one who may see the case.

    Raises:
        Problem: it is too large, or a bank would learn about others.
    """
    bundles = context.bundles

    def make(connection: Any) -> bytes:  # noqa: ANN401  of the record
        return bundles.make(connection, context.mapper.directory, case)

    try:
        made = context.history.read(make)
    except InputError as error:
        raise Problem(409, "No bundle", str(error)) from None
    strange = [] if identity.is_operator else bundles.strangers(made)
    if strange:
        named = ", ".join(str(one) for one in strange[:_NAMED])
        detail = f"it would tell about others (batches {named}); ask the operator for the bundle"
        raise Problem(403, "Not yours", detail)
    return made
