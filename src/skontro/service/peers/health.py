"""A peer as its answers show it, for the API and the metrics."""

from collections.abc import Iterable

import attrs

from skontro.ledger.link_proof import CheckedProof
from skontro.service import metrics
from skontro.service.peers.opening import Standing
from skontro.system.links.peer_records import Fork


@attrs.frozen
class PeerHealth:
    """A peer as its answers show it.

    Attributes:
        peer: its identifier.
        url: of its service; None where the settings have none.
        suspended: whether new links with it are suspended.
        heard: seconds since its last answer; None if there was none.
        silent: whether no new link starts because it does not answer.
        trouble: why the last attempt failed; empty after an answer.
        waiting: proofs that it has not confirmed.
        head: the newest batch that it has proved.
        open_links: links with it that have not ended here.
        standing: its answer on the own record since the start.
        beyond: the batch that the own record lacks by what it says; empty if it lacks none.
        forks: evidence that it has signed two records.
    """

    peer: str
    url: str | None
    suspended: bool
    heard: float | None
    silent: bool
    trouble: str
    waiting: int
    head: CheckedProof | None
    open_links: int
    standing: Standing
    beyond: str
    forks: tuple[Fork, ...]


def show_metrics(peers: Iterable[PeerHealth], *, shut: bool) -> None:
    """Set the metrics of peers, and whether links are shut."""
    metrics.LINKS_SHUT.set(shut)
    for one in peers:
        metrics.PEER_SILENT.labels(one.peer).set(one.silent)
        metrics.PEER_WAITING.labels(one.peer).set(one.waiting)
        metrics.PEER_OPEN_LINKS.labels(one.peer).set(one.open_links)
        metrics.PEER_HEAD.labels(one.peer).set(-1 if one.head is None else one.head.batch)
        metrics.PEER_FORKS.labels(one.peer).set(len(one.forks))
        metrics.PEER_BEHIND.labels(one.peer).set(one.standing == Standing.BEHIND)
        if one.heard is not None:
            metrics.PEER_HEARD_SECONDS.labels(one.peer).set(one.heard)
