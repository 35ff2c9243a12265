"""A message with its answer, as they are kept."""

import re
import uuid
from collections.abc import Iterator
from typing import Final

from fastapi.responses import Response

from skontro.ledger.kept_messages import Exchange
from skontro.messages.cases.case_message import CaseMessage
from skontro.messages.message_read import MessageRead
from skontro.service.api.message_reader import message_key
from skontro.service.api.service_context import Context
from skontro.service.auth.credentials import Identity

#: The name of a document in its namespace; headers and envelopes have names of their own.
_NAME: Final = re.compile(rb"tech:xsd:((?!head|nvlp)[a-z]{4}\.\d{3}\.\d{3}\.\d{2})")


def exchange_of(
    context: Context, identity: Identity, message: MessageRead, body: bytes, answer: Response
) -> Exchange:
    """The parts of a message and its answer that are kept.

    Args:
        context: context of the service.
        identity: identity of the participant's person.
        message: as it was read, or with the findings for which it could not be read.
        body: as received.
        answer: to be sent.
    """
    sent = bytes(answer.body)
    named = _NAME.search(sent)
    return Exchange(
        time=context.sequencer.clock(),
        participant=identity.participant,
        key=message_key(identity.side, message.message_id),
        name=message.name,
        message_id=message.message_id,
        answer_name="" if named is None else named[1].decode(),
        status=answer.status_code,
        uetrs=tuple(dict.fromkeys(_named_orders(message))),
        content=body,
        answer=sent,
    )


def _named_orders(message: MessageRead) -> Iterator[bytes]:
    """Orders that a message names without instructing them; of one that is refused, all."""
    originals = [getattr(one, "original", None) for one in message.requests]
    named = [one.uetr for one in originals if one is not None]
    named += [one.uetr for one in message.requests if isinstance(one, CaseMessage)]
    if not message.accepted:
        named += [one.uetr for one in message.references]
    for text in named:
        try:
            yield uuid.UUID(text).bytes
        except ValueError:
            continue
