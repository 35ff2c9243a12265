"""New links and payments with a system that does not answer are refused at once."""

from collections.abc import Iterable

from skontro.model import ReasonCode
from skontro.service.api.problems import Problem
from skontro.service.api.service_context import Context


def refuse_silent(context: Context, peers: Iterable[str]) -> None:
    """Refuse what needs an answer of these systems, if one of them is silent.

    Raises:
        Problem: with `LINK_PEER_SILENT`. Nothing was recorded.
    """
    silent = [one for one in peers if context.peers.is_silent(one)]
    if silent:
        reason = ReasonCode.LINK_PEER_SILENT
        detail = f"{', '.join(silent)}: {reason.explanation}"
        raise Problem(503, "Peer silent", detail, reason, headers={"Retry-After": "5"})
