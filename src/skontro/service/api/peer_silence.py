"""New links and payments are refused at once while a system is silent, or links with it shut."""

from collections.abc import Iterable

from skontro.model import ReasonCode
from skontro.service.api.problems import Problem
from skontro.service.api.service_context import Context, links_shut


def refuse_silent(context: Context, peers: Iterable[str]) -> None:
    """Refuse a request that needs an answer of these systems, if one is silent or its links shut.

    Raises:
        Problem: with `LINKS_SHUT` or `LINK_PEER_SILENT`. Nothing was recorded.
    """
    needed = [*peers]
    shut = context.peers.why_shut(needed)
    if shut:
        raise links_shut(shut)
    silent = [one for one in needed if context.peers.is_silent(one)]
    if silent:
        reason = ReasonCode.LINK_PEER_SILENT
        detail = f"{', '.join(silent)}: {reason.explanation}"
        raise Problem(503, "Peer silent", detail, reason, headers={"Retry-After": "5"})
