"""Common context of all routes, and submission of requests to the sequencer."""

import asyncio
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import attrs
from fastapi import Depends, Request
from pydantic import BaseModel

from skontro.engine import CommandKind, Commands
from skontro.ledger import Answer
from skontro.model import InputError, ReasonCode
from skontro.service.api.order_mapper import OrderMapper
from skontro.service.api.peer_limits import PeerIntake
from skontro.service.api.problems import Problem, in_use, not_found, refused
from skontro.service.api.read_limits import ReadLimits
from skontro.service.api.record_queries import History
from skontro.service.auth.authentication import Authenticator
from skontro.service.auth.credentials import Identity
from skontro.service.auth.oidc import OpenIdSignIn
from skontro.service.auth.sign_in_codes import SignInCodes
from skontro.service.live_figures import LiveFigures
from skontro.service.message_keeper import MessageKeeper
from skontro.service.readiness import Readiness
from skontro.service.sequencer.requests import (
    Caller,
    Conflict,
    DecisionRequest,
    Done,
    Held,
    LinksShut,
    Overloaded,
    Query,
    Stopping,
    Work,
)
from skontro.service.sequencer.requests import Request as RequestWork
from skontro.service.sequencer.sequencer import Sequencer
from skontro.service.tables.table_readers import TableReaders
from skontro.service.traces import TRACES
from skontro.system import Decision, NotPermitted, TooManyProposals

if TYPE_CHECKING:
    from skontro.service.api.case_bundles import CaseBundles
    from skontro.service.api.order_submission import OrderScreening
    from skontro.service.peers.peers import Peers

#: Largest body of a request, in bytes.
MAX_BYTES: Final = 8 * 2**20

#: Where the gate leaves the caller and the body in a request's scope.
CALLER: Final = "skontro.caller"
BODY: Final = "skontro.body"

_Shape = TypeVar("_Shape", bound=BaseModel)


def batch_limits() -> ReadLimits:
    """Limits of concurrent batches, and of orders in batches per side and second."""
    return ReadLimits("batches", at_once=2, most_reads=16, per_second=20_000)


@attrs.frozen(eq=False)
class Context:
    """The running service.

    Attributes:
        sequencer: takes work.
        mapper: maps orders between records and JSON, by BICs and UETRs.
        authenticator: authenticates callers.
        history: reader of the record.
        public_key: that batches are signed with.
        batch_limits: within which batches of orders are read and answered.
        readiness: whether work becomes durable.
        screening: screening of orders, before they are put in sequence.
        sign_in_codes: one-time codes with which people open the pages.
        peers: other systems with which links are agreed.
        bundles: makes evidence bundles of cases.
        tables: reads tables of orders.
        open_id: issuer at which people sign in to the pages, where one is configured.
    """

    sequencer: Sequencer
    mapper: OrderMapper
    authenticator: Authenticator
    history: History
    public_key: str
    readiness: Readiness
    screening: "OrderScreening"
    peers: "Peers"
    bundles: "CaseBundles"
    batch_limits: ReadLimits = attrs.field(factory=batch_limits)
    peer_intake: PeerIntake = attrs.field(factory=PeerIntake)
    sign_in_codes: SignInCodes = attrs.field(factory=SignInCodes)
    tables: TableReaders = attrs.field(factory=TableReaders)
    open_id: OpenIdSignIn = attrs.field(factory=OpenIdSignIn)

    @cached_property
    def figures(self) -> LiveFigures:
        """Figures of the running day."""
        return LiveFigures(self.mapper.order_index, lambda: self.sequencer.view)

    @cached_property
    def messages(self) -> MessageKeeper:
        """Keeps messages with their answers."""
        return MessageKeeper(self.history.url)

    async def do(self, make: Callable[[Done], Work]) -> Any:  # noqa: ANN401  the work's result
        """Submit work and wait until it is durable.

        Raises:
            Problem: it was not done.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()

        def settle(result: object) -> None:
            if not future.done():
                future.set_result(result)

        def done(result: object) -> None:
            loop.call_soon_threadsafe(settle, result)

        try:
            work = make(done)
            if TRACES.on:
                work = attrs.evolve(work, trace=TRACES.of_work())
            self.sequencer.submit(work)
        except Overloaded as error:
            raise Problem(
                429, "Too much waits", f"{error}; try again", headers={"Retry-After": "1"}
            ) from None
        except Stopping as error:
            raise Problem(503, "Stopping", str(error)) from None
        result = await future
        if isinstance(result, Exception):
            raise _problem_of(result) from None
        return result

    async def request(self, caller: Caller, command: Commands) -> dict[str, Any]:
        """A request of a participant.

        Raises:
            Problem: it was refused, with its reason.
        """
        return _answered(await self.do(lambda done: RequestWork(caller, command, done)))

    async def decide(self, caller: Caller, act: Decision) -> dict[str, Any]:
        """Submit a person's proposal, approval or rejection.

        Raises:
            Problem: it was refused, with its reason.
        """
        return _answered(await self.do(lambda done: DecisionRequest(caller, act, done)))

    async def ask(self, query: Callable[[Any], Any]) -> Any:  # noqa: ANN401  its result
        """Query the engine."""
        return await self.do(lambda done: Query(query, done))


async def context_of(request: Request) -> Context:
    """The running service.

    Raises:
        Problem: it has not recovered yet.
    """
    found = getattr(request.app.state, "context", None)
    if not isinstance(found, Context):
        raise Problem(
            503, "Not ready", "the record is being replayed", headers={"Retry-After": "1"}
        )
    return found


async def identity_of(
    request: Request, _context: Annotated[Context, Depends(context_of)]
) -> Identity:
    """The identity that the gate established."""
    identity: Identity = request.scope[CALLER]
    return identity


async def participant_of(identity: Annotated[Identity, Depends(identity_of)]) -> Identity:
    """A participant's person.

    Raises:
        Problem: the caller is not a participant's person.
    """
    if identity.is_operator:
        raise Problem(403, "Not yours", "only people of a participant may do this")
    return identity


TheContext = Annotated[Context, Depends(context_of)]
Anyone = Annotated[Identity, Depends(identity_of)]
ByParticipant = Annotated[Identity, Depends(participant_of)]


def own_account(context: Context, identity: Identity, bic: str, currency: str) -> int:
    """The number of an account that the caller may see.

    Raises:
        Problem: it belongs to another side, or does not exist.
    """
    if not identity.is_operator and identity.side != bic:
        raise Problem(403, "Not yours", f"the account is {bic}'s")
    return context.mapper.account(bic, currency)


def visible_order(context: Context, identity: Identity, uetr: str) -> Any:  # noqa: ANN401  a record
    """An order that the caller may see.

    Raises:
        Problem: there is no such order.
    """
    order = context.mapper.order_index.order(context.mapper.index_of(uetr))
    if not context.mapper.may_see(identity, order):
        raise not_found(f"no order {uetr} is known")
    return order


def own_order(context: Context, identity: Identity, uetr: str) -> Any:  # noqa: ANN401  a record
    """An order whose payer is the caller.

    Raises:
        Problem: another participant is its payer, or the caller may see no such order.
    """
    order = visible_order(context, identity, uetr)
    payer = context.mapper.directory.accounts[int(order["payer"])].bic
    if payer != identity.side:
        raise Problem(403, "Not yours", f"only {payer}, who pays it, may change the order")
    return order


def kind_of_move(position: str) -> CommandKind:
    """The command for a move in the queue."""
    return CommandKind.MOVE_TO_FRONT if position == "front" else CommandKind.MOVE_TO_END


def _answered(answer: Answer | None) -> dict[str, Any]:
    if answer is None:
        raise forgotten()
    if answer.reason:
        raise refused(ReasonCode(answer.reason))
    return {"batch": answer.batch, "proposal": answer.subject if answer.subject >= 0 else None}


def forgotten() -> Problem:
    """The outcome of a request that is no longer remembered."""
    return Problem(503, "Not known", "the outcome of the request is no longer remembered")


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, Conflict):
        if not error.uetrs:
            detail = "this Idempotency-Key was used for another request; choose a new one"
            return Problem(409, "Conflict", detail)
        return in_use(error.uetrs, "were used for other orders; none of these was taken")
    if isinstance(error, InputError):
        return _unfit(error)
    if isinstance(error, LinksShut | Held):
        return _not_now(error)
    return Problem(503, "Not recorded", f"{error}; it is not known whether it was recorded")


def _not_now(error: LinksShut | Held) -> Problem:
    if isinstance(error, LinksShut):
        return links_shut(str(error))
    detail = f"nothing was taken: {error}"
    return Problem(503, "Not ready", detail, headers={"Retry-After": "60"})


def links_shut(why: str) -> Problem:
    """The refusal while links are shut."""
    reason = ReasonCode.LINKS_SHUT
    detail = f"{why}: {reason.explanation}"
    return Problem(503, "Links shut", detail, reason, headers={"Retry-After": "5"})


def _unfit(error: InputError) -> Problem:
    """A request that is refused without a trace in the record."""
    if isinstance(error, NotPermitted):
        return Problem(403, "Not yours", str(error))
    if isinstance(error, TooManyProposals):
        reason = ReasonCode.TOO_MANY_PROPOSALS
        return Problem(429, "Too many proposals", str(error), reason, headers={"Retry-After": "60"})
    return Problem(422, "Cannot be taken", str(error))
