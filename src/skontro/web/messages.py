"""Pages of ISO 20022 messages: as they were received, with the answers as they were sent."""

from functools import partial
from typing import Annotated, Any, Final

import anyio.to_thread
from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse, Response

from skontro.ledger.kept_messages import (
    NEWEST,
    MessageHead,
    message_with_number,
    messages_of_order,
    newest_messages,
)
from skontro.service.api.problems import not_found
from skontro.service.api.read_limits import DATABASE_UNITS
from skontro.web import words
from skontro.web.message_outline import outline
from skontro.web.viewer import TheViewer, Viewer

router = APIRouter(prefix="/messages")

#: Messages of one page, and most characters of a message that a page shows as it is.
PAGE: Final = 50
MOST_SHOWN: Final = 100_000

Before = Annotated[int, Query(ge=1, le=NEWEST)]
Bic = Annotated[str, Query(pattern="^([A-Z0-9]{8})?$|^[A-Z0-9]{11}$")]
MessageNumber = Annotated[int, Path(ge=1, le=NEWEST)]
Side = Annotated[str, Path(pattern="^(received|sent)$")]


@router.get("")
async def show_messages(
    viewer: TheViewer, before: Before = NEWEST, participant: Bic = ""
) -> HTMLResponse:
    """List messages, the newest first; a bank has its own, the operator those of all or of one."""
    context, sender = viewer.context, _sender(viewer)
    if viewer.identity.is_operator and participant:
        bics = [one.bic for one in context.mapper.directory.participants]
        if participant not in bics:
            raise not_found(f"no participant {participant} is known")
        sender = bics.index(participant)
    read = partial(newest_messages, participant=sender, before=before, limit=PAGE + 1)
    async with context.history.limits.turn(viewer.identity, DATABASE_UNITS):
        found = await anyio.to_thread.run_sync(context.history.read, read)
    return viewer.page(
        "messages.html.j2",
        messages=[head_shown(viewer, one) for one in found[:PAGE]],
        participants=context.mapper.directory.participants if viewer.identity.is_operator else (),
        chosen=participant,
        is_first=before == NEWEST,
        next=found[PAGE - 1].number if len(found) > PAGE else None,
        kinds=words.MESSAGES,
    )


@router.get("/{number}")
async def show_message(number: MessageNumber, viewer: TheViewer) -> HTMLResponse:
    """Show one message and its answer: as rows, and as they are."""
    head, received, sent = await _exchange(viewer, number)

    def read() -> HTMLResponse:
        return viewer.page(
            "message.html.j2",
            head=head_shown(viewer, head),
            parts=[
                _part("received", head.name, received),
                _part("sent", head.answer_name, sent),
            ],
            kinds=words.MESSAGES,
        )

    return await anyio.to_thread.run_sync(read)


@router.get("/{number}/{side}.xml")
async def download(number: MessageNumber, side: Side, viewer: TheViewer) -> Response:
    """Give a message or its answer as a file, to the byte."""
    _, received, sent = await _exchange(viewer, number)
    headers = {"Content-Disposition": f'attachment; filename="message-{number}-{side}.xml"'}
    content = received if side == "received" else sent
    return Response(content, media_type="application/xml", headers=headers)


async def about_order(viewer: Viewer, order: dict[str, Any], uetr: bytes) -> list[dict[str, Any]]:
    """Messages about an order that the person may see, the oldest first.

    Args:
        viewer: who looks.
        order: as the API shows it.
        uetr: 16 bytes.
    """
    context, sender = viewer.context, _sender(viewer)
    read = partial(messages_of_order, batch=order["batch"], position=order["position"], uetr=uetr)
    async with context.history.limits.turn(viewer.identity, DATABASE_UNITS):
        found = await anyio.to_thread.run_sync(context.history.read, read)
    return [head_shown(viewer, one) for one in found if sender in (None, one.participant)]


def head_shown(viewer: Viewer, head: MessageHead) -> dict[str, Any]:
    """A message without its content, as templates show it."""
    return {
        "number": head.number,
        "time": head.time,
        "sender": viewer.context.mapper.directory.participants[head.participant].bic,
        "name": head.name,
        "answer_name": head.answer_name,
        "message_id": head.message_id,
        "taken": head.status < 400,
        "content_bytes": head.content_bytes,
        "answer_bytes": head.answer_bytes,
    }


def _sender(viewer: Viewer) -> int | None:
    """The only sender whose messages a person may see; None for the operator, who sees all."""
    return None if viewer.identity.is_operator else viewer.identity.participant


async def _exchange(viewer: Viewer, number: int) -> tuple[MessageHead, bytes, bytes]:
    """A message with its answer.

    Raises:
        Problem: there is none with this number, or the person may not see it.
    """
    history = viewer.context.history
    read = partial(message_with_number, number=number)
    async with history.limits.turn(viewer.identity, DATABASE_UNITS):
        found = await anyio.to_thread.run_sync(history.read, read)
    if found is None or _sender(viewer) not in (None, found[0].participant):
        raise not_found(f"no message {number} is known")
    return found


def _part(side: str, name: str, content: bytes) -> dict[str, Any]:
    rows, more_rows = outline(content)
    text = content.decode(errors="replace")
    return {
        "side": side,
        "name": name,
        "rows": rows,
        "more_rows": more_rows,
        "text": text[:MOST_SHOWN],
        "more_text": len(text) > MOST_SHOWN,
        "bytes": len(content),
    }
