"""Route with which people who sign their requests open the pages in a browser."""

from typing import Any

from fastapi import APIRouter

from skontro.service.api.openapi import problems
from skontro.service.api.service_context import Anyone, TheContext
from skontro.service.api.system_schemas import SignInCodeOut
from skontro.service.auth.sign_in_codes import CODE_SECONDS

router = APIRouter(prefix="/v1", tags=["pages"])


@router.post(
    "/sign-in-codes",
    operation_id="make_sign_in_code",
    status_code=201,
    response_model=SignInCodeOut,
    responses=problems(),
)
async def make_code(identity: Anyone, context: TheContext) -> dict[str, Any]:
    """Make a code with which the caller signs in to the pages, once and soon.

    The session that it opens ends with the caller's key or token at the latest.
    """
    code = context.sign_in_codes.give(identity.credential)
    return {
        "code": code,
        "url": f"{context.authenticator.base_url}/sign-in#code={code}",
        "seconds": CODE_SECONDS,
    }
